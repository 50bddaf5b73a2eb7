import { rmSync } from 'node:fs';
import { servicesDirOf } from './services-dir.ts';
import { startSystem } from './system.ts';

const SERVICES = ['services/auth-service', 'services/gateway', 'services/todo-service'];

/** The demo people's. */
export const LOGIN = { username: 'wangerge', password: 'test1234' };

/** A stack with the MCP server of the examples, and more folders, which join by their `service.json`. */
export async function startMcpSystem(env: Record<string, string> = {}, ...more: string[]) {
  const servicesDir = servicesDirOf(...SERVICES, 'examples/mcp-server', ...more);
  const system = await startSystem(env, servicesDir);
  const endpoint = `${system.origin}/mcp`;

  const tokenOf = async (login: Record<string, string>) => {
    const { username = '', password = '', ...more } = login;
    return String((await system.login(username, password, more)).body.access_token);
  };

  return {
    ...system,
    endpoint,
    tokenOf,

    /** Registers an assistant of others, which people are asked for their consent for. */
    async registerClient(client_id: string, redirectUri: string): Promise<void> {
      const admin = await tokenOf({ username: 'admin', password: 'test1234', scope: 'admin' });
      const { status, text } = await system.request('POST /admin/clients', {
        token: admin,
        json: {
          client_id,
          name: 'An assistant',
          authentication: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: [redirectUri],
          scopes: ['mcp:read', 'mcp:write'],
        },
      });
      if (status !== 201) throw new Error(text);
    },

    async stop() {
      await system.stop();
      rmSync(servicesDir, { recursive: true });
    },
  };
}

export type McpSystem = Awaited<ReturnType<typeof startMcpSystem>>;

import { randomUUID } from 'node:crypto';
import * as v2 from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentHost, openDocumentHost } from '../src/document-host.ts';
import { LOGIN, type McpSystem, startMcpSystem } from '../src/mcp-system.ts';
import { signInAt } from '../src/script-browser.ts';
import { givenOrigin } from '../src/system.ts';

/** As registered: of loopback any port is fine. */
const LOOPBACK = 'http://127.0.0.1/callback';
const CALLBACK = 'http://127.0.0.1:21777/callback';

/** How a client has its `client_id`: an administrator gave it, or it is the address of its document. */
type Identity = { registered: string } | { document: string };

/** What either SDK asks its application for: who the client is, and nothing of the servers. */
function application(identity: Identity) {
  let client = 'registered' in identity ? { client_id: identity.registered } : undefined;
  let tokens: v2.OAuthTokens | undefined;
  let verifier = '';
  let asked: URL | undefined;
  let discovered: v2.OAuthDiscoveryState | undefined;
  return {
    asked: () => asked,
    provider: {
      redirectUrl: CALLBACK,
      clientMetadata: { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' },
      ...('document' in identity ? { clientMetadataUrl: identity.document } : {}),
      clientInformation: () => client,
      saveClientInformation(given: { client_id: string }) {
        client = given;
      },
      tokens: () => tokens,
      saveTokens(given: v2.OAuthTokens) {
        tokens = given;
      },
      redirectToAuthorization(url: URL) {
        asked = url;
      },
      saveCodeVerifier(given: string) {
        verifier = given;
      },
      codeVerifier: () => verifier,
      saveDiscoveryState(given: v2.OAuthDiscoveryState) {
        discovered = given;
      },
      discoveryState: () => discovered,
    },
  };
}

interface Connection {
  connect(): Promise<void>;
  finish(callback: URL): Promise<void>;
  tools(): Promise<string[]>;
  add(title: string): Promise<unknown>;
  close(): Promise<void>;
}

type App = ReturnType<typeof application>;

const call = (title: string) => ({ name: 'add-todos', arguments: { titles: [title] } });

function withSdk1(endpoint: string, { provider }: App): Connection {
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });
  const client = new Client({ name: 'sdk-1', version: '1' });
  return {
    connect: () => client.connect(transport()),
    finish: ({ searchParams }) => transport().finishAuth(searchParams.get('code') ?? ''),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    add: async (title) => (await client.callTool(call(title))).content,
    close: () => client.close(),
  };
}

function withSdk2(endpoint: string, { provider }: App): Connection {
  const transport = () =>
    new v2.StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });
  const versionNegotiation = { mode: 'auto' } as const;
  const client = new v2.Client({ name: 'sdk-2', version: '1' }, { versionNegotiation });
  return {
    connect: () => client.connect(transport()),
    finish: ({ searchParams }) => transport().finishAuth(searchParams),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    add: async (title) => (await client.callTool(call(title))).content,
    close: () => client.close(),
  };
}

const SDKS = [
  ['SDK 1', withSdk1, UnauthorizedError],
  ['SDK 2', withSdk2, v2.UnauthorizedError],
] as const;

describe.skipIf(givenOrigin)('a client that knows the address of the MCP server alone', () => {
  let system: McpSystem;
  let host: DocumentHost;
  beforeAll(async () => {
    host = await openDocumentHost();
    system = await startMcpSystem(host.env);
  });
  afterAll(async () => {
    await system?.stop();
    await host?.stop();
  });

  async function register(): Promise<Identity> {
    const registered = `assistant-${randomUUID()}`;
    await system.registerClient(registered, LOOPBACK);
    return { registered };
  }
  const publish = async (): Promise<Identity> => {
    const grant_types = ['authorization_code', 'refresh_token'];
    const members = { client_name: 'Garden Agent', redirect_uris: [LOOPBACK], grant_types };
    return { document: host.publish(`/${randomUUID()}.json`, members) };
  };

  describe.each([
    ['registered', register],
    ['unknown before, its id the address of its metadata document,', publish],
  ])('%s', (_, identify) => {
    it.each(SDKS)(
      'signs a person in with %s, and calls a tool',
      { timeout: 60_000 },
      async (_sdk, open, Refused) => {
        const identity = await identify();
        const id = 'registered' in identity ? identity.registered : identity.document;
        const app = application(identity);
        const connection = open(system.endpoint, app);

        await expect(connection.connect()).rejects.toThrow(Refused);
        const asked = app.asked() as URL;
        expect(asked.origin + asked.pathname).toBe(`${system.origin}/authorize`);
        expect(Object.fromEntries(asked.searchParams)).toMatchObject({
          client_id: id,
          resource: system.endpoint,
          scope: 'mcp:read mcp:write',
          code_challenge_method: 'S256',
        });

        const callback = await signInAt(asked, LOGIN);
        expect(callback.searchParams.get('iss')).toBe(system.origin);
        await connection.finish(callback);
        const claims = { aud: ['mcp-server'], scope: 'mcp:read mcp:write', client_id: id };
        expect(decodeJwt(app.provider.tokens()?.access_token ?? '')).toMatchObject(claims);

        await connection.connect();
        expect(await connection.tools()).toEqual(['list-todos', 'add-todos']);
        const [added] = (await connection.add(`By ${id}`)) as { text: string }[];
        expect(JSON.parse(added?.text ?? '')).toMatchObject([{ title: `By ${id}`, done: false }]);
        await connection.close();
      },
    );
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import { defineProblems } from '@latchkey/service-kit/http/problems';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { testIssuer } from '@latchkey/service-kit/testing/harness';
import { startService, TEST_ISSUER } from '@latchkey/service-kit/testing/service';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mcpRoute } from '../src/mcp-route.ts';
import { tool } from '../src/tool.ts';

const problems = defineProblems({ no_such_note: { status: 404, detail: 'No note of yours.' } });
const tools = [
  tool({
    name: 'who-am-i',
    description: 'Who asks',
    scope: 'notes:read',
    input: z.object({}),
    run: ({ person }) => person,
  }),
  tool({
    name: 'rewrite',
    description: 'Changes a note',
    scope: ['notes:read', 'notes:write'],
    input: z.object({ text: z.string().min(1) }),
    async run(caller, { text }) {
      await caller.progress(1, 2);
      await delay(1);
      if (text === 'absent') throw problems.no_such_note();
      if (text === 'broken') throw new Error('SELECT secret');
      if (text === 'away') throw new UpstreamError('secret-service', 'timeout');
      return { text };
    },
  }),
];

let folder: string;
let service: Awaited<ReturnType<typeof startService>>;
const issuer = await testIssuer('notes-mcp');
const ada = issuer.token({ sub: 'ada', id: 1, scope: 'notes:read notes:write' });
const reader = issuer.token({ sub: 'ada', id: 1, scope: 'notes:read' });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-mcp-'));
  const described = {
    name: 'notes-mcp',
    port: 5500,
    routes: ['/notes'],
    cors: ['https://a.example'],
  };
  writeFileSync(join(folder, 'service.json'), JSON.stringify(described));
  service = await startService({
    srcDirectory: join(folder, 'src'),
    createApp: (parts) => createServiceApp({ ...parts, routes: [mcpRoute(parts, tools)] }),
    verifier: issuer.verifier,
  });
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

async function connect(token: string, options = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, options);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${service.url}/notes`), { requestInit }),
  );
  return client;
}

const call = (name: string, args: object = {}) => ({
  json: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
  headers: { accept: 'application/json, text/event-stream' },
});

describe('an MCP server', () => {
  it.each([
    ['of 2026', { versionNegotiation: { mode: 'auto' } }],
    ['of 2025', {}],
  ])('answers a client %s, as the person of its token', async (_, options) => {
    const client = await connect(ada, options);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
      'who-am-i',
      'rewrite',
    ]);
    const { content } = await client.callTool({ name: 'who-am-i', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: '{"id":1,"username":"ada"}' }]);
    await client.close();
  });

  it('says how far a tool is to a client that asks, and that its tools do not change', async () => {
    const client = await connect(ada, { versionNegotiation: { mode: 'auto' } });
    const steps: unknown[] = [];
    const onprogress = (step: unknown) => steps.push(step);
    await client.callTool({ name: 'rewrite', arguments: { text: 'x' } }, { onprogress });
    expect(steps).toEqual([expect.objectContaining({ progress: 1, total: 2 })]);
    expect(client.getServerCapabilities()?.tools).toEqual({ listChanged: false });
    await client.close();
  });

  it.each(['tools/list', 'initialize', 'server/discover'])(
    '401 for %s without a token',
    async (method) => {
      const answer = await service.request('POST /notes', {
        json: { jsonrpc: '2.0', id: 1, method },
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm=.*scope="notes:read notes:write"$/,
      );
    },
  );

  it('403 for a tool whose scopes the token lacks, naming all of them, before it runs', async () => {
    const answer = await service.request('POST /notes', {
      token: reader,
      ...call('rewrite', { text: 'x' }),
    });
    expect(answer.status).toBe(403);
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="notes:read notes:write"');
  });

  it('says what is wrong with a call, and nothing of what is internal', async () => {
    const client = await connect(ada);
    const ask = (text: string) => client.callTool({ name: 'rewrite', arguments: { text } });
    expect(await ask('absent')).toMatchObject({
      isError: true,
      content: [{ text: 'No note of yours.' }],
    });
    expect(JSON.stringify(await ask('broken'))).not.toContain('SELECT');
    expect(await ask('broken')).toMatchObject({ isError: true });
    expect(await ask('')).toMatchObject({ isError: true });
    const away = await ask('away');
    expect(away).toMatchObject({ content: [{ text: expect.stringContaining('right now') }] });
    expect(JSON.stringify(away)).not.toContain('secret-service');
    await client.close();
  });

  it('refuses pages of other origins', async () => {
    const from = async (origin: string) => {
      const { json, headers } = call('who-am-i');
      const sent = { token: ada, json, headers: { ...headers, origin } };
      return (await service.request('POST /notes', sent)).status;
    };
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('https://a.example')).toBe(200);
    expect(await from(TEST_ISSUER)).toBe(200);
  });

  it('is open to POST alone, and to messages alone', async () => {
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const answer = await service.request(`${method} /notes`, { token: ada });
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'POST']);
    }
    expect((await service.request('POST /notes', { token: ada, json: [] })).status).toBe(400);
    expect(
      (await service.request('POST /notes', { token: ada, json: { method: 'x' } })).status,
    ).toBe(400);
  });
});

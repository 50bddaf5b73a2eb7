import { join } from 'node:path';
import { failuresOf } from '@latchkey/conformance';
import { conformanceOf } from '@latchkey/service-kit/testing/conformance';
import { listenOnLoopback } from '@latchkey/service-kit/testing/harness';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOGIN, type McpSystem, startMcpSystem } from '../src/mcp-system.ts';
import { givenOrigin } from '../src/system.ts';

const home = join(import.meta.dirname, '../../../examples/mcp-server');

describe.skipIf(givenOrigin)('examples/mcp-server, joined by its service.json', () => {
  let system: McpSystem;
  /** For the MCP server alone, as a client gets it that names its `resource`. */
  let token: string;

  beforeAll(async () => {
    system = await startMcpSystem();
    token = await system.tokenOf({ ...LOGIN, resource: system.endpoint });
  });
  afterAll(() => system?.stop());

  async function connect(options = {}): Promise<Client> {
    const client = new Client({ name: 'test', version: '1' }, options);
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(system.endpoint), { requestInit }),
    );
    return client;
  }

  const textOf = ({ content }: { content: unknown }) =>
    JSON.parse((content as { text: string }[])[0]?.text ?? '');

  it.each([
    ['2026', { versionNegotiation: { mode: 'auto' } }],
    ['2025', {}],
  ])('adds and lists todos for a client of %s, with progress', async (year, options) => {
    const client = await connect(options);
    const titles = [`Buy milk ${year}`, `Call home ${year}`];
    const steps: unknown[] = [];
    const added = await client.callTool(
      { name: 'add-todos', arguments: { titles } },
      { onprogress: ({ progress, total }) => steps.push([progress, total]) },
    );
    expect(textOf(added).map(({ title }: { title: string }) => title)).toEqual(titles);
    expect(steps).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const listed = textOf(await client.callTool({ name: 'list-todos', arguments: {} }));
    expect(listed).toEqual(expect.arrayContaining(textOf(added)));
    await client.close();
  });

  it('asks todo-service with another token: this one opens nothing there', async () => {
    expect((await system.request('GET /todo', { token })).status).toBe(401);
    const admin = await system.tokenOf({ ...LOGIN, username: 'admin', scope: 'admin' });
    const { body } = await system.request('GET /admin/audit?type=token.exchanged', {
      token: admin,
    });
    const details = { audiences: ['todo-service'], scope: 'todo:read' };
    expect(body).toContainEqual(expect.objectContaining({ actor: 'mcp-server', details }));
  });

  it('streams through the gateway: the first step is there before the last is done', async () => {
    const titles = Array.from({ length: 20 }, (_, at) => `Step ${at}`);
    const _meta = { progressToken: 'steps' };
    const params = { name: 'add-todos', arguments: { titles }, _meta };
    const response = await fetch(system.endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const chunks: string[] = [];
    for await (const chunk of response.body ?? []) chunks.push(new TextDecoder().decode(chunk));
    expect(chunks[0]).toContain('"progress":1');
    expect(chunks[0]).not.toContain('"result"');
    expect(chunks.join('')).toContain('"progress":20');
    expect(chunks.at(-1)).toContain('"result"');
  });

  it('is 403 with all scopes that the tool needs, and leads to its metadata', async () => {
    const scope = 'mcp:read';
    const reader = await system.tokenOf({ ...LOGIN, resource: system.endpoint, scope });
    const params = { name: 'add-todos', arguments: { titles: ['x'] } };
    const refused = await system.request('POST /mcp', {
      token: reader,
      json: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    });
    expect(refused.status).toBe(403);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="mcp:write"');
    const [, address = ''] = /resource_metadata="([^"]*)"/.exec(challenge) ?? [];
    expect(await (await fetch(address)).json()).toMatchObject({
      resource: system.endpoint,
      authorization_servers: [system.origin],
      scopes_supported: ['mcp:read', 'mcp:write'],
    });
  });
});

it('examples/mcp-server conforms', async () => {
  const todos = await listenOnLoopback((_req, res) => res.end('[]'));
  const report = await conformanceOf(home, 'mcp', { TODO_SERVICE_URL: todos.url });
  await todos.close();
  expect(failuresOf(report)).toEqual([]);
  const passed = report.results.filter(({ outcome }) => outcome === 'passed');
  expect(passed.length).toBeGreaterThan(90);
}, 600_000);

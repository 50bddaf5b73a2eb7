import { describe, expect, test } from 'vitest';
import type { ApiDocument } from '../src/docs/api-document.ts';
import type { RoutedService } from '../src/upstreams/upstreams.ts';
import { listen, readyAnd, sendRaw, startGateway } from './harness.ts';

const documentOf = (path: string, scope: string) => ({
  openapi: '3.1.1',
  info: { title: path, version: '1', description: `About ${path}.` },
  servers: [{ url: '/' }],
  paths: {
    [path]: {
      get: {
        responses: {
          200: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } },
          },
        },
        security: [{ login: [scope] }],
      },
    },
  },
  components: {
    schemas: { Item: { type: 'object', title: path } },
    securitySchemes: {
      login: {
        type: 'oauth2',
        flows: { password: { tokenUrl: '/token', scopes: { [scope]: '' } } },
      },
    },
  },
});

/** What the issuer's metadata says is offered. */
async function startIssuer(grantTypes: string[]) {
  const metadata = JSON.stringify({ grant_types_supported: grantTypes });
  const app = readyAnd((req, res) =>
    req.url === '/.well-known/oauth-authorization-server'
      ? res.end(metadata)
      : res.writeHead(404).end(),
  );
  return { name: 'issuer', routes: ['/.well-known'], baseUrl: (await listen(app)).url };
}

/** Two services with documents, and one that is away. */
async function gatewayWithDocs(...more: RoutedService[]) {
  const started = await Promise.all(
    ['todo', 'tickets'].map(async (name) => {
      const document = JSON.stringify(documentOf(`/${name}`, `${name}:read`));
      const app = readyAnd((req, res) =>
        req.url === '/openapi.json' ? res.end(document) : res.writeHead(404).end(),
      );
      return { name, routes: [`/${name}`], baseUrl: (await listen(app)).url };
    }),
  );
  const away = { name: 'away', routes: ['/away'], baseUrl: 'http://127.0.0.1:9' };
  return startGateway([...started, away, ...more]);
}

describe('the page', () => {
  test('leaves its connection open for what it loads', async () => {
    const { port } = await gatewayWithDocs();
    const head = 'Host: localhost\r\n';
    const answers = await sendRaw(
      port,
      `GET /docs HTTP/1.1\r\n${head}\r\nGET /docs HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
    );
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test('and all it loads come from here, under a strict policy', async () => {
    const { url } = await gatewayWithDocs();
    const answer = await fetch(`${url}/docs`);
    const html = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(html).not.toMatch(/<script(?![^>]*src=)|https?:|\son\w+=/);
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    expect(links).toHaveLength(5);
    for (const link of links) {
      const file = await fetch(url + link);
      expect([link, file.status]).toEqual([link, 200]);
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
      expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  test('the sign-in pages lead back to one that hands the code over', async () => {
    const { url } = await gatewayWithDocs();
    const answer = await fetch(`${url}/docs/oauth2-redirect.html?code=x&state=y`);
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const scripts = [...(await answer.text()).matchAll(/<script[^>]*>/g)].map(String);
    expect(scripts).toEqual(['<script src="/docs/oauth2-redirect.js" defer>']);
    expect((await fetch(`${url}/docs/oauth2-redirect.js`)).status).toBe(200);
    expect(await (await fetch(`${url}/docs/services.json`)).json()).toMatchObject({
      clientId: 'latchkey-docs',
      callbackPath: '/docs/oauth2-redirect.html',
    });
  });

  test('is where / leads', async () => {
    const { url } = await gatewayWithDocs();
    const answer = await fetch(url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
  });

  test.each(['/docs/package.json', '/docs/../src/main.ts', '/docs/page/index.html', '/docs/x'])(
    '%s is not there',
    async (path) => {
      const { url } = await gatewayWithDocs();
      expect((await fetch(url + path)).status).toBe(404);
    },
  );
});

describe('documents', () => {
  test('are listed, all of them first', async () => {
    const { url } = await gatewayWithDocs();
    const { urls } = (await (await fetch(`${url}/docs/services.json`)).json()) as {
      urls: { name: string }[];
    };
    expect(urls.map(({ name }) => name)).toEqual(['All services', 'todo', 'tickets', 'away']);
  });

  test('of one service are its own', async () => {
    const { url } = await gatewayWithDocs();
    const document = await (await fetch(`${url}/docs/openapi/todo.json`)).json();
    expect(document).toEqual(documentOf('/todo', 'todo:read'));
    expect((await fetch(`${url}/docs/openapi/nobody.json`)).status).toBe(404);
  });

  test('of a service that is away say so', async () => {
    const { url } = await gatewayWithDocs();
    const answer = await fetch(`${url}/docs/openapi/away.json`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      info: { title: 'away', description: expect.stringContaining('does not answer') },
      paths: {},
    });
  });

  test.each(['/docs/openapi.json', '/openapi.json'])('merge at %s', async (path) => {
    const { url } = await gatewayWithDocs();
    const answer = await fetch(url + path, { redirect: 'error' });
    const document = (await answer.json()) as ApiDocument;
    // Paths tagged, schemas apart, scopes together.
    expect(Object.keys(document.paths ?? {})).toEqual(['/todo', '/tickets']);
    expect(document.paths?.['/todo']?.get).toMatchObject({
      tags: ['todo'],
      responses: {
        200: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/todo.Item' } } },
        },
      },
    });
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(['todo.Item', 'tickets.Item']);
    expect(document.components?.securitySchemes?.login).toMatchObject({
      flows: { password: { tokenUrl: '/token', scopes: { 'todo:read': '', 'tickets:read': '' } } },
    });
    expect(document.tags?.map(({ name }) => name)).toEqual(['todo', 'tickets', 'away']);
    expect(document.tags?.at(-1)?.description).toContain('does not answer');
  });
});

describe('logins are what the issuer offers', () => {
  const password = { tokenUrl: '/token' };
  const authorizationCode = { authorizationUrl: '/authorize', tokenUrl: '/token' };
  const table: [string, string[], Record<string, object>][] = [
    ['both', ['refresh_token', 'password', 'authorization_code'], { authorizationCode, password }],
    ['the password grant, in the minimal profile', ['password'], { password }],
    ['codes, with the password grant off', ['authorization_code'], { authorizationCode }],
  ];
  test.each(table)('%s', async (_name, grantTypes, flows) => {
    const { url } = await gatewayWithDocs(await startIssuer(grantTypes));
    const read = async (path: string) =>
      ((await (await fetch(url + path)).json()) as ApiDocument).components?.securitySchemes?.login;
    const withScopes = (scopes: object) =>
      Object.fromEntries(Object.entries(flows).map(([name, flow]) => [name, { ...flow, scopes }]));
    expect(await read('/docs/openapi.json')).toEqual({
      type: 'oauth2',
      flows: withScopes({ 'todo:read': '', 'tickets:read': '' }),
    });
    expect(await read('/docs/openapi/todo.json')).toEqual({
      type: 'oauth2',
      flows: withScopes({ 'todo:read': '' }),
    });
  });
});

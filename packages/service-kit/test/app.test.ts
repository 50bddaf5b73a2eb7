import { publicRoute } from '@latchkey/jwt-verify/express';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createServiceApp } from '../src/http/app.ts';
import { requireTokenFrom } from '../src/http/guard.ts';
import { defineProblems } from '../src/http/problems.ts';
import { noContent, ok, type Route, route } from '../src/http/route.ts';
import { UpstreamError } from '../src/http/upstream-error.ts';
import type { ServiceJson } from '../src/joining/service-json.ts';
import { Health } from '../src/process/health.ts';
import { listenOnLoopback, requester, silentLog, testIssuer } from '../testing/harness.ts';

const service: ServiceJson = {
  name: 'thing-service',
  port: 4900,
  description: 'Things.',
  routes: ['/things'],
  audience: 'thing-service',
  roles: {},
  scopes: { 'things:read': 'Read your things' },
};

const problems = defineProblems({ thing_broken: { status: 409, detail: 'The thing is broken.' } });
class Away extends Error {}

let issuer: Awaited<ReturnType<typeof testIssuer>>;
let server: Awaited<ReturnType<typeof listenOnLoopback>>;
let request: ReturnType<typeof requester>;
const health = new Health({ store: () => Promise.resolve() });

beforeAll(async () => {
  issuer = await testIssuer('thing-service');
  const requireToken = requireTokenFrom(issuer.verifier);
  const fails = (path: string, error: () => unknown): Route =>
    route({
      method: 'get',
      path,
      guard: publicRoute,
      summary: 'Fails',
      responses: {},
      handle: () => {
        throw error();
      },
    });
  const routes = [
    route({
      method: 'get',
      path: '/things',
      guard: requireToken({ scope: 'things:read' }),
      summary: 'List things',
      request: { query: z.object({ size: z.enum(['s', 'm']).optional() }) },
      responses: { 200: { description: 'Things.', schema: z.array(z.string()) } },
      handle: ({ auth, query }) => ok([auth.subject, query.size ?? 'any']),
    }),
    route({
      method: 'post',
      path: '/transfers',
      guard: requireToken({ scope: 'things:write', maxAuthAgeSeconds: 300, acr: ['aal2'] }),
      summary: 'Give things away',
      responses: { 204: { description: 'Given.' } },
      handle: () => noContent,
    }),
    route({
      method: 'post',
      path: '/forms',
      guard: publicRoute,
      summary: 'Take a form',
      request: { form: z.object({ name: z.string() }) },
      responses: {},
      handle: ({ body }) => ok(body),
    }),
    route({
      method: 'delete',
      path: '/things/:id',
      guard: publicRoute,
      summary: 'Delete a thing',
      request: { params: z.object({ id: z.string().max(3) }) },
      responses: {},
      handle: () => noContent,
    }),
    route({
      method: 'get',
      path: '/anonymous',
      guard: publicRoute,
      summary: 'Reads who asks although nobody has to say',
      responses: {},
      // @ts-expect-error a public route has no token
      handle: ({ auth }) => ok([auth?.subject ?? 'anonymous']),
    }),
    route({
      method: 'get',
      path: '/me',
      guard: requireToken(),
      summary: 'For people',
      responses: {},
      handle: ({ person }) => ok(person),
    }),
    fails('/problem', () => problems.thing_broken()),
    fails('/away', () => new Away('connection to 10.0.0.1 refused')),
    fails('/upstream', () => new UpstreamError('todo-service', 'timeout')),
    fails('/defect', () => new Error('SELECT secret FROM users')),
    fails('/text', () => 'a thrown text'),
  ];
  const isUnavailable = (error: unknown) => error instanceof Away;
  const app = createServiceApp({ service, log: silentLog, health, routes, isUnavailable });
  server = await listenOnLoopback(app);
  request = requester(server.url);
});
afterAll(async () => {
  await server.close();
  issuer.verifier.close();
});

describe('what goes wrong becomes one problem document', () => {
  it.each([
    ['/problem', 409, 'thing_broken', null],
    ['/away', 503, 'unavailable', '2'],
    ['/upstream', 503, 'unavailable', '2'],
    ['/defect', 500, 'internal_error', '2'],
    ['/text', 500, 'internal_error', '2'],
    ['/nowhere', 404, 'not_found', null],
  ])('%s: %i %s', async (path, status, code, retryAfter) => {
    const answer = await request(`GET ${path}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ type: 'about:blank', status, code });
    expect(answer.text).not.toMatch(/SELECT|10\.0\.0\.1|thrown|Error:|at .*\.ts/);
  });

  it('405 names what is allowed', async () => {
    const answer = await request('PUT /things');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('400 names the field at fault', async () => {
    const token = issuer.token({ scope: 'things:read' });
    const answer = await request('GET /things?size=xl', { token });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([
      { in: 'query', field: 'size', detail: expect.any(String) },
    ]);
    expect((await request('DELETE /things/1234')).body.errors[0]).toMatchObject({ in: 'path' });
  });
});

describe('a request that is in order', () => {
  it('is answered with secure headers and its id', async () => {
    const token = issuer.token({ scope: 'things:read' });
    const answer = await request('GET /things', { token });
    expect(answer.body).toEqual(['ada', 'any']);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-powered-by')).toBeNull();
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is for a person where the route reads who that is', async () => {
    const person = await request('GET /me', { token: issuer.token({ id: 7 }) });
    expect(person.body).toEqual({ id: 7, username: 'ada' });
    const service = await request('GET /me', {
      token: issuer.token({ claims: { id: undefined } }),
    });
    expect([service.status, service.body.code]).toEqual([403, 'person_required']);
  });

  it('may come without a token where the route is public', async () => {
    expect((await request('GET /anonymous')).body).toEqual(['anonymous']);
  });

  it('keeps an id that is well formed and replaces one that is not', async () => {
    const kept = await request('GET /healthz', { headers: { 'x-request-id': 'from-the-door-1' } });
    expect(kept.headers.get('x-request-id')).toBe('from-the-door-1');
    const replaced = await request('GET /healthz', { headers: { 'x-request-id': 'a b' } });
    expect(replaced.headers.get('x-request-id')).not.toBe('a b');
  });

  it('takes a form, once each field', async () => {
    expect((await request('POST /forms', { form: { name: 'x' } })).body).toEqual({ name: 'x' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const twice = await request('POST /forms', { body: 'name=a&name=b', headers });
    expect(twice.status).toBe(400);
    expect((await request('POST /forms', { json: { name: 'x' } })).status).toBe(415);
  });

  it.each([
    ['gzip', 'gzip'],
    ['BR', 'br'],
    ['gzip, br', 'gzip, br'],
    ['x"><y', 'unknown'],
  ])('with Content-Encoding %s is refused by that name', async (encoding, named) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-encoding': encoding,
    };
    const answer = await request('POST /forms', { body: 'name=a', headers });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_encoding']);
    expect(answer.body.detail).toBe(
      `The body must be sent uncompressed, without the Content-Encoding ${named}.`,
    );
    expect(answer.headers.get('accept-encoding')).toBe('identity');
  });

  it('may say that its body has no encoding', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-encoding': 'Identity',
    };
    const answer = await request('POST /forms', { body: 'name=a', headers });
    expect(answer.body).toEqual({ name: 'a' });
  });
});

describe('what every service says about itself', () => {
  it('writes its API document from the schemas and guards', async () => {
    const { body } = await request('GET /openapi.json');
    expect(body.openapi).toMatch(/^3\.1/);
    expect(body.paths['/things'].get.security).toEqual([{ login: ['things:read'] }]);
    expect(Object.keys(body.paths['/things'].get.responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '503']),
    );
    expect(body.paths['/things/{id}'].delete.security).toEqual([]);
    expect(body.paths['/transfers'].post.responses[401].description).toContain(
      'must have signed in at most 300 s ago, with `acr` aal2.',
    );
    expect(body.paths['/things'].get.responses[401].description).not.toContain('signed in');
  });

  it('asks for the sign-in that a route declares (RFC 9470)', async () => {
    const give = (claims: Record<string, unknown>) =>
      request('POST /transfers', { token: issuer.token({ scope: 'things:write', claims }) });
    const auth_time = Math.floor(Date.now() / 1000);
    expect((await give({ auth_time, acr: 'aal2' })).status).toBe(204);
    const { status, body, headers } = await give({ auth_time, acr: 'aal1' });
    expect([status, body.code]).toEqual([401, 'authentication_insufficient']);
    expect(headers.get('www-authenticate')).toMatch(
      /error="insufficient_user_authentication".* max_age="300", acr_values="aal2"/,
    );
  });

  it('counts requests by route, not by address', async () => {
    await request('DELETE /things/abc');
    const { text } = await request('GET /metrics');
    expect(text).toContain('route="/things/:id"');
    expect(text).not.toContain('/things/abc');
  });

  it('is live, and ready unless a check fails or it drains', async () => {
    expect((await request('GET /healthz')).status).toBe(200);
    const ready = await request('GET /readyz');
    expect(ready.body).toMatchObject({ ready: true, checks: { store: 'ok' } });
    health.drain();
    const draining = await request('GET /readyz');
    expect(draining.status).toBe(503);
    expect(draining.body.checks.process).toBe('draining');
  });
});

describe('a route without a guard', () => {
  it('does not start, wherever it was added', () => {
    const router = express.Router();
    router.get('/open', (_req, res) => void res.end());
    const build = () => createServiceApp({ service, log: silentLog, routes: [], extra: [router] });
    expect(build).toThrow(/GET .*\/open/);
  });
});

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenOrigin, type System, startSystem } from '../src/system.ts';

let system: System;
let ada: Awaited<ReturnType<System['newPerson']>>;
let ben: Awaited<ReturnType<System['newPerson']>>;

beforeAll(async () => {
  system = await startSystem();
  ada = await system.newPerson('ada');
  ben = await system.newPerson('ben');
});
afterAll(() => system?.stop());

describe('one login', () => {
  it('registers, and never shows the password again', () => {
    expect(ada.registered.status).toBe(201);
    expect(ada.registered.body).toMatchObject({ username: 'ada' });
    expect(ada.registered.text).not.toMatch(/argon2|password/i);
  });

  it('gives a bearer token for 20 minutes, never cached', () => {
    expect(ada.answer.status).toBe(200);
    expect(ada.answer.body).toMatchObject({ token_type: 'bearer', expires_in: 1200 });
    expect(ada.answer.headers.get('cache-control')).toContain('no-store');
  });

  it('gives a token that any JOSE library verifies from the published keys', async () => {
    const metadata = await system.request('GET /.well-known/oauth-authorization-server');
    expect(metadata.body.issuer).toBe(system.origin);
    const keys = createRemoteJWKSet(new URL(metadata.body.jwks_uri));
    const { payload, protectedHeader } = await jwtVerify(ada.token, keys, {
      issuer: system.origin,
      audience: 'todo-service',
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(payload).toMatchObject({
      sub: 'ada',
      id: expect.any(Number),
      client_id: expect.any(String),
      jti: expect.any(String),
      sid: expect.any(String),
      roles: ['user'],
    });
    expect(payload.aud).toEqual(expect.arrayContaining(['todo-service', 'support-service']));
    expect((payload.exp as number) - (payload.iat as number)).toBe(1200);
  });

  it('opens every service', async () => {
    const { token } = ada;
    const me = await system.request('GET /users/me', { token });
    expect(me.body).toMatchObject({ username: 'ada' });

    const todo = await system.request('POST /todo', { token, json: { title: 'Buy milk' } });
    expect(todo.status).toBe(201);
    const todos = await system.request('GET /todo', { token });
    expect(todos.body).toEqual([todo.body]);

    const json = { subject: 'No milk', message: 'The shop is closed.', todoId: todo.body.id };
    const ticket = await system.request('POST /tickets', { token, json });
    expect(ticket.status).toBe(201);
    expect(ticket.body).toMatchObject({ subject: 'No milk', status: 'open' });
    const tickets = await system.request('GET /tickets', { token });
    expect(tickets.body).toHaveLength(1);
  });

  it.each(['/users/me', '/todo', '/todo/1', '/tickets', '/tickets/1'])(
    'asks for a token at %s, and refuses a bad one',
    async (path) => {
      const none = await system.request(`GET ${path}`);
      expect(none.status).toBe(401);
      expect(none.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(none.body).toMatchObject({ status: 401, detail: 'Not authenticated' });
      expect(none.headers.get('www-authenticate')).toMatch(/^Bearer realm="/);
      expect(none.headers.get('www-authenticate')).not.toContain('error=');

      const [header, payload, signature = ''] = ada.token.split('.');
      const changed = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      const bad = await system.request(`GET ${path}`, { token: changed });
      expect(bad.status).toBe(401);
      expect(bad.body).toMatchObject({ status: 401, detail: 'Could not validate user.' });
      expect(bad.headers.get('www-authenticate')).toContain('error="invalid_token"');
    },
  );

  it.each([
    ['/users/me', '/users'],
    ['/todo/1', '/todo'],
    ['/tickets', '/tickets'],
  ])(
    'a refusal at %s leads to what the service accepts, and to a token for it',
    async (path, route) => {
      const { headers } = await system.request(`GET ${path}`);
      const [, uri = ''] =
        /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ?? [];
      const metadata = (await (await fetch(uri)).json()) as Record<string, string>;
      expect(metadata).toMatchObject({
        resource: `${system.origin}${route}`,
        authorization_servers: [system.origin],
      });
      const { password, username } = ada;
      const { body } = await system.login(username, password, {
        resource: metadata.resource as string,
      });
      const answer = await system.request(`GET ${path}`, { token: String(body.access_token) });
      expect([200, 404]).toContain(answer.status);
    },
  );

  it('answers for another person’s rows as for absent ones', async () => {
    const { token } = ada;
    const [todo] = (await system.request('GET /todo', { token })).body;
    const [ticket] = (await system.request('GET /tickets', { token })).body;
    for (const path of [`/todo/${todo.id}`, `/tickets/${ticket.id}`]) {
      expect((await system.request(`GET ${path}`, { token })).status).toBe(200);
      expect((await system.request(`GET ${path}`, { token: ben.token })).status).toBe(404);
    }
  });

  it('says the same of a wrong password and an unknown person', async () => {
    const wrong = await system.login('ada', 'not her password');
    const unknown = await system.login('nobody', 'not her password');
    expect(wrong.status).toBe(401);
    expect(wrong.body).toMatchObject({
      error: 'invalid_grant',
      detail: 'Could not validate user.',
    });
    expect(unknown.status).toBe(401);
    expect(unknown.text).toBe(wrong.text);
  });

  it('lets support agents see and answer everybody’s tickets', async () => {
    const [ticket] = (await system.request('GET /tickets', { token: ada.token })).body;
    const { agent } = await demoAccounts();
    const seen = await system.request(`GET /tickets/${ticket.id}`, { token: agent });
    expect(seen.status).toBe(200);
    const json = { text: 'It opens at nine.' };
    const path = `/tickets/${ticket.id}/messages`;
    expect((await system.request(`POST ${path}`, { token: agent, json })).status).toBe(201);
    const answered = await system.request(`GET /tickets/${ticket.id}`, { token: ada.token });
    expect(answered.body.status).toBe('answered');
  });

  it('keeps one request id and trace from the door to the last service', async () => {
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    const answer = await system.request('GET /todo', { token: ada.token, headers });
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });

  it('does not show what is only for inside', async () => {
    expect((await system.request('GET /metrics')).status).toBe(404);
  });

  async function demoAccounts() {
    const answer = await system.login('agent', 'test1234');
    return { agent: String(answer.body.access_token) };
  }
});

describe.skipIf(givenOrigin)('with auth-service stopped', () => {
  it('every other service goes on, and the door says plainly what is away', async () => {
    await system.killService('auth-service');
    for (const path of ['/todo', '/tickets']) {
      expect((await system.request(`GET ${path}`, { token: ada.token })).status).toBe(200);
      expect((await system.request(`GET ${path}`, { token: `${ada.token}x` })).status).toBe(401);
    }
    const login = await system.login(ada.username, ada.password);
    expect([502, 503]).toContain(login.status);
    expect(login.headers.get('retry-after')).toMatch(/^\d+$/);
    await system.restartService('auth-service');
    expect((await system.login(ada.username, ada.password)).status).toBe(200);
  });
});

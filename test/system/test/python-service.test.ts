import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasPython, pythonPath } from '@latchkey/service-kit/testing/python';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servicesDirOf } from '../src/services-dir.ts';
import { givenOrigin, type System, startSystem } from '../src/system.ts';

const isRun = !givenOrigin && hasPython('fastapi', 'uvicorn', 'jwt', 'cryptography');

it.skipIf(!isRun)(
  'examples/python-service keeps the issuer’s keys as its own tests say',
  async () => {
    const cwd = join(import.meta.dirname, '../../../examples/python-service');
    const settings = { ISSUER: 'http://localhost', PATH: pythonPath };
    const env = { ...process.env, ...settings, PYTHONDONTWRITEBYTECODE: '1' };
    const { stderr } = await promisify(execFile)('python3', ['-m', 'unittest'], { cwd, env });
    expect(stderr).toMatch(/Ran [1-9]\d* tests in .*\n\nOK\n$/);
  },
);

describe.skipIf(!isRun)('examples/python-service, joined by its service.json alone', () => {
  let servicesDir: string;
  let system: System;
  let demo: string;

  beforeAll(async () => {
    servicesDir = servicesDirOf(
      ...['auth-service', 'gateway', 'support-service', 'todo-service'].map(
        (name) => `services/${name}`,
      ),
      'examples/python-service',
    );
    system = await startSystem({ PATH: pythonPath }, servicesDir);
    demo = String((await system.login('wangerge', 'test1234')).body.access_token);
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(servicesDir, { recursive: true });
  });

  const add = (text: string, token = demo) =>
    system.request('POST /notes', { token, json: { text } });

  it('lets in the person who is logged in, with the scopes that it brought', async () => {
    const added = await add('Water the plants');
    expect(added.status).toBe(201);
    expect(added.body).toEqual({ id: expect.any(Number), text: 'Water the plants' });
    const list = await system.request('GET /notes', { token: demo });
    expect(list.status).toBe(200);
    expect(list.body).toEqual([added.body]);
    expect(list.headers.get('cache-control')).toBe('no-store');
  });

  it('asks for a token, and refuses a bad one, in the words of every service', async () => {
    const none = await system.request('GET /notes');
    expect(none.status).toBe(401);
    expect(none.body).toMatchObject({ status: 401, detail: 'Not authenticated' });
    expect(none.headers.get('content-type')).toContain('application/problem+json');
    expect(none.headers.get('www-authenticate')).toBe(
      `Bearer realm="python-service", resource_metadata="${system.origin}/.well-known/oauth-protected-resource/notes"`,
    );

    const [header = '', payload = '', signature = ''] = demo.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const known = JSON.parse(Buffer.from(header, 'base64url').toString());
    const others = signature.startsWith('A') ? 'B' : 'A';
    const bad = [
      `${header}.${payload}.${others}${signature.slice(1)}`,
      `${header}.${payload}.${signature}=`,
      otherSpelling(demo),
      `${header}.${payload}.`,
      `${encode({ ...known, typ: 'JWT' })}.${payload}.${signature}`,
      `${encode({ ...known, crit: ['exp'] })}.${payload}.${signature}`,
      `${encode({ ...known, alg: 'HS256' })}.${payload}.${signature}`,
      `${encode({ ...known, alg: 'none' })}.${payload}.`,
      `${encode({ ...known, kid: undefined })}.${payload}.${signature}`,
      `${Buffer.from('['.repeat(5_000)).toString('base64url')}.${payload}.${signature}`,
      'no token',
    ];
    for (const token of bad) {
      const answer = await system.request('GET /notes', { token });
      expect([token.slice(0, 40), answer.status]).toEqual([token.slice(0, 40), 401]);
      expect(answer.body.detail).toBe('Could not validate user.');
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
  });

  it('refuses a request with two Authorization headers', async () => {
    // A list has no Host unless it is in it.
    const headers = [
      'Host',
      'localhost',
      'Authorization',
      `Bearer ${demo}`,
      'Authorization',
      'Bearer x',
    ];
    const direct = get(`${system.urlOf('python-service')}/notes`, { headers });
    const [answer] = (await once(direct, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_request"');
    answer.resume();
  });

  it('refuses a token for another service, and one without the scope', async () => {
    const narrow = async (scope: string) =>
      String((await system.login('wangerge', 'test1234', { scope })).body.access_token);
    const other = await system.request('GET /notes', { token: await narrow('todo:read') });
    expect(other.status).toBe(401);
    const reading = await add('x', await narrow('notes:read'));
    expect(reading.status).toBe(403);
    expect(reading.headers.get('www-authenticate')).toContain(
      'error="insufficient_scope", scope="notes:write"',
    );
  });

  it('answers 404 for the note of another, as for one that is not there', async () => {
    const { body } = await add('Mine');
    const { token } = await system.newPerson('ada');
    const foreign = await system.request(`GET /notes/${body.id}`, { token });
    const absent = await system.request('GET /notes/999999', { token });
    expect([foreign.status, absent.status]).toEqual([404, 404]);
    expect(foreign.text).toBe(absent.text);
    expect((await system.request(`GET /notes/${body.id}`, { token: demo })).status).toBe(200);
  });

  it('names the field of bad input', async () => {
    const answer = await add('');
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ in: 'body', field: 'text' }]);
    expect((await add('x'.repeat(70_000))).status).toBe(413);
  });

  it('is in the API page, under the one login', async () => {
    const { body } = await system.request('GET /openapi.json');
    expect(body.paths).toHaveProperty('/notes/{id}');
    expect(body.components.securitySchemes.login.flows.password.scopes).toMatchObject({
      'notes:read': 'Read your notes',
      'todo:read': 'Read your todos',
    });
  });

  it('goes on with the keys that it knows while auth-service is down, and never calls a token bad for it', async () => {
    await system.killService('auth-service');
    expect((await system.request('GET /notes', { token: demo })).status).toBe(200);
    const [header = '', ...rest] = demo.split('.');
    const known = JSON.parse(Buffer.from(header, 'base64url').toString());
    const unknown = Buffer.from(JSON.stringify({ ...known, kid: 'new' })).toString('base64url');
    const answer = await system.request('GET /notes', { token: [unknown, ...rest].join('.') });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    await system.restartService('auth-service');
  });
});

/** The same bytes in base64url, with a bit set that no byte has a part in. */
function otherSpelling(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) as string) + 1];
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requester } from '@latchkey/service-kit/testing/harness';
import { expect, test } from 'vitest';
import { createDatabase, ISSUER } from './harness.ts';
import { spawnService } from './service-process.ts';

const PASSWORD = 'test1234';
const demo = join(import.meta.dirname, '../src/demo.ts');
const runDemo = (env: Record<string, string>) =>
  promisify(execFile)(process.execPath, [demo], { env: { PATH: process.env.PATH ?? '', ...env } });

test('started as a process, with the demo people twice, and stopped', async () => {
  const scratch = await createDatabase();
  const env = { DATABASE_URL: scratch.url, NODE_ENV: 'development' };
  const first = await runDemo(env);
  expect((await runDemo(env)).stdout).toBe(first.stdout);
  expect(first.stdout.trim().split('\n')).toEqual([
    'wangerge / test1234',
    'mei / test1234',
    'agent / test1234 (agent)',
    'admin / test1234 (admin)',
  ]);
  const service = await spawnService(scratch.url);
  const request = requester(service.url);
  const login = await request('POST /token', {
    form: { username: 'wangerge', password: PASSWORD },
  });
  expect(login.status).toBe(200);
  expect((await request('GET /readyz')).status).toBe(200);
  expect((await request('GET /openapi.json')).body.paths['/token']).toBeDefined();
  expect(await service.stop()).toBe(0);
  const log = service.lines.join('\n');
  for (const secret of [PASSWORD, login.body.access_token, login.body.refresh_token]) {
    expect(log).not.toContain(secret);
  }
  await scratch.drop();
});

test('the demo refuses production', async () => {
  const env = { DATABASE_URL: 'postgresql://x@127.0.0.1:1/x', NODE_ENV: 'production' };
  await expect(runDemo(env)).rejects.toMatchObject({
    stderr: expect.stringContaining('demo data is for development only'),
  });
});

test("the tutorial's secret is refused at the start in one line", async () => {
  const JWT_SECRET = 'eec7f9b96330e64eaac29ad7c95154cff3addaea90239c262b3f9287e678f6d3';
  const env = { JWT_ALG: 'HS256', JWT_SECRET };
  const started = spawnService('postgresql://x@127.0.0.1:1/x', env);
  await expect(started).rejects.toThrow(/^auth-service: JWT_SECRET: [^\n]*published sample[^\n]*$/);
});

test('the minimal profile says at the start what is off; a database that is away is waited for', async () => {
  const JWT_SECRET = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
  const away = 'postgresql://x:y@127.0.0.1:1/x';
  const minimal = await spawnService(away, {
    JWT_ALG: 'HS256',
    JWT_SECRET,
    TOKEN_PROFILE: 'minimal',
  });
  expect(minimal.lines.filter((line) => line.includes('minimal token profile'))).toHaveLength(1);
  await minimal.stop();
  const keyed = await spawnService(away);
  const request = requester(keyed.url);
  const form = { username: 'wangerge', password: PASSWORD };
  const answers = [
    await request('POST /token', { form }),
    await request('GET /.well-known/jwks.json'),
    await request('GET /users/me', { token: tokenOfUnknownKey() }),
    await request('GET /readyz'),
  ];
  await keyed.stop();
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
  expect(answers.every(({ headers }) => headers.has('retry-after'))).toBe(true);
});

/** Refused for its key alone: everything that is checked before is right. */
function tokenOfUnknownKey(): string {
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'unknown' };
  const exp = Math.floor(Date.now() / 1000) + 600;
  const claims = { iss: ISSUER, aud: ['auth-service'], sub: 'wangerge', id: 1, exp };
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)));
  return [...parts, Buffer.alloc(64, 1)].map((part) => part.toString('base64url')).join('.');
}

import { listenOnLoopback, requester } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../src/app.ts';
import { problems } from '../src/errors.ts';
import { type AuthService, auditTypes, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
/** Another instance, which has no key to sign with. */
let keyless: Awaited<ReturnType<typeof listenOnLoopback>>;

beforeAll(async () => {
  auth = await startAuthService();
  const sign = () => {
    throw problems.signing_unavailable({ headers: { 'Retry-After': '2' } });
  };
  keyless = await listenOnLoopback(
    createApp({ ...auth, signing: { ...auth.signing, signer: { ...auth.signing.signer, sign } } }),
  );
});

afterAll(async () => {
  await keyless.close();
  await auth.stop();
});

const postToken = (form: Record<string, string>) => requester(keyless.url)('POST /token', { form });

test('503: a login whose token cannot be signed; its session was committed before', async () => {
  const answer = await postToken({ username: 'wangerge', password: PASSWORD });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Retry-After')).toBe('2');
  expect(answer.body).toMatchObject({ error: 'temporarily_unavailable' });
  expect(answer.body).not.toHaveProperty('refresh_token');
  expect(await auth.db.session.count()).toBe(1);
  expect(await auditTypes(auth, 'login.')).toEqual(['login.succeeded']);
});

test('503: a refresh whose token cannot be signed changes nothing', async () => {
  const { refresh_token } = (await auth.login('agent')).body;
  const form = { grant_type: 'refresh_token', refresh_token };
  const tokensBefore = await auth.db.refreshToken.findMany();
  expect((await postToken(form)).status).toBe(503);
  expect(await auth.db.refreshToken.findMany()).toEqual(tokensBefore);
  expect(await auditTypes(auth, 'token.')).toEqual([]);
  const later = await auth.request('POST /token', { form });
  expect(later.status).toBe(200);
  expect(later.body.refresh_token).not.toBe(refresh_token);
  expect(await auditTypes(auth, 'token.')).toEqual(['token.refreshed']);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVerifier } from '@latchkey/jwt-verify';
import { createServiceClient } from '@latchkey/service-kit/calling/service-client';
import { createTokenExchange } from '@latchkey/service-kit/calling/token-exchange';
import { contextFrom } from '@latchkey/service-kit/http/request-context';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { runCli } from './cli-process.ts';
import { type AuthService, ISSUER, startAuthService } from './harness.ts';

vi.setConfig({ testTimeout: 90_000 });

let auth: AuthService;
let admin: string;
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] };
const clientKey = { ...(await exportJWK(privateKey)), alg: 'ES256' } as {
  kty: string;
  alg: string;
  d: string;
};
const scopes = { 'invoices:read': 'Read your invoices' };
const AUDIENCE = 'https://billing.example.com';
const client = { jwks, scopes: ['todo:read'] };
const registration = { audience: AUDIENCE, scopes };

beforeAll(async () => {
  auth = await startAuthService();
  admin = await auth.adminToken();
});
afterAll(() => auth.stop());

const put = (json: object, name = 'billing') =>
  auth.request(`PUT /admin/resources/${name}`, { token: admin, json });
const login = async (form = {}) => String((await auth.login('wangerge', form)).body.access_token);

async function introspect(token: string) {
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('billing')
    .setSubject('billing')
    .setAudience(ISSUER)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(privateKey);
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const form = { token, client_assertion: assertion, client_assertion_type };
  return auth.request('POST /introspect', { form });
}

/** Asks for a token for todo-service in place of one that billing was sent. */
async function exchange(token: string, scope = 'todo:read'): Promise<string> {
  const keys = { url: `${auth.url}/.well-known/jwks.json` };
  const verifier = createVerifier({ issuer: ISSUER, audience: null, algorithms: ['ES256'], keys });
  const authService = createServiceClient({ service: 'auth-service', baseUrl: auth.url });
  const target = { clientId: 'billing', clientKey, audience: 'todo-service', scope };
  const ask = createTokenExchange({ authService, issuer: ISSUER, ...target });
  try {
    return await ask(await verifier.verify(token), contextFrom({}));
  } finally {
    verifier.close();
    authService.close();
  }
}

test('a resource server with keys introspects and exchanges tokens that are for it, and no others', async () => {
  const made = await put({ ...registration, client });
  expect(made.status).toBe(200);
  expect(made.text).not.toContain('"x"');
  const token = await login();
  expect((await introspect(token)).body).toMatchObject({ active: true, username: 'wangerge' });
  expect(decodeJwt(await exchange(token))).toMatchObject({
    aud: ['todo-service'],
    scope: 'todo:read',
    act: { sub: 'billing' },
  });

  const forOther = await login({ scope: 'todo:read' });
  expect((await introspect(forOther)).body).toEqual({ active: false });
  await expect(exchange(forOther)).rejects.toThrow('invalid_grant');
  await expect(exchange(token, 'todo:write')).rejects.toThrow('invalid_scope');
});

test('its client moves with its audience, and ends with its keys or its registration', async () => {
  await put({ ...registration, client });
  const before = await login();
  await put({ scopes, client });
  expect((await introspect(before)).body).toEqual({ active: false });
  expect((await introspect(await login())).body.active).toBe(true);

  await put(registration);
  expect((await introspect(before)).status).toBe(401);
  await put({ ...registration, client });
  expect((await introspect(before)).body.active).toBe(true);
  await auth.request('DELETE /admin/resources/billing', { token: admin });
  expect((await introspect(before)).status).toBe(401);
  await expect(exchange(before)).rejects.toThrow('auth-service: invalid');
});

test('only its registration changes its client', async () => {
  await put({ ...registration, client });
  const change = { token: admin, json: { scopes: ['todo:write'] } };
  const answer = await auth.request('PATCH /admin/clients/billing', change);
  expect([answer.status, answer.body.code]).toEqual([409, 'client_is_built_in']);
});

test.each<[string, object, number, string]>([
  ['a scope of no service', { jwks, scopes: ['nothing:read'] }, 400, 'resource_scope_unknown'],
  [
    'a private key',
    { jwks: { keys: [{ kty: 'oct', k: 'x', alg: 'HS256' }] } },
    400,
    'invalid_request',
  ],
  ['no key', { scopes: ['todo:read'] }, 400, 'invalid_request'],
  ['another member', { jwks, audience: 'todo-service' }, 400, 'invalid_request'],
])('refused: a client with %s', async (_, given, status, code) => {
  const answer = await put({ scopes: { 'x:read': '' }, client: given }, 'x');
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  const { body } = await auth.request('GET /admin/resources', { token: admin });
  expect(body.map(({ name }: { name: string }) => name)).not.toContain('x');
});

test('refused: the name of a client that an administrator registered', async () => {
  const night = { client_id: 'night-job', name: 'Night job', scopes: ['todo:read'] };
  const json = {
    ...night,
    authentication: 'client_secret_basic',
    grant_types: ['client_credentials'],
  };
  expect((await auth.request('POST /admin/clients', { token: admin, json })).status).toBe(201);
  const own = { scopes: { 'nights:read': '' } };
  const answer = await put({ ...own, client: { jwks } }, 'night-job');
  expect([answer.status, answer.body.code]).toEqual([409, 'resource_is_client']);
  const kept = await auth.request('GET /admin/clients/night-job', { token: admin });
  expect(kept.body).toMatchObject({ ...night, disabledAt: null });
});

test('by command, with the keys in a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-jwks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'jwks.json');
  writeFileSync(file, JSON.stringify(jwks));
  const add = [
    'resources',
    'add',
    'billing',
    '--audience',
    AUDIENCE,
    '--scope',
    'invoices:read=Read',
  ];
  const keys = ['--client-jwks', file, '--client-scope', 'todo:read'];
  const made = await runCli(auth.scratch.url, [...add, ...keys]);
  expect(made).toMatchObject({ code: 0 });
  await auth.catalog.refresh();
  const token = await login();
  expect((await introspect(token)).body.active).toBe(true);
  expect(decodeJwt(await exchange(token)).aud).toEqual(['todo-service']);
  const without = await runCli(auth.scratch.url, [...add, '--client-scope', 'todo:read']);
  expect(without.code).not.toBe(0);
  expect(without.stderr).toContain('--client-scope needs --client-jwks');
});

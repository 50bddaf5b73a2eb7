import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { runCli } from './cli-process.ts';
import { type AuthService, ISSUER, KEY_ENCRYPTION_KEY, startAuthService } from './harness.ts';

let auth: AuthService;
let token: string;
beforeAll(async () => {
  auth = await startAuthService();
  token = await auth.adminToken();
});
afterAll(() => auth.stop());

const jwkOf = async ({ publicKey }: { publicKey: KeyObject }, more: object): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  ...more,
});
const ec = await jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }), {
  alg: 'ES256',
  kid: 'ec',
});
const ed = await jwkOf(generateKeyPairSync('ed25519'), { alg: 'EdDSA' });
const rsa = await jwkOf(generateKeyPairSync('rsa', { modulusLength: 2_048 }), { alg: 'RS256' });
const p384 = await jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }), { alg: 'ES256' });
const weak = await jwkOf(generateKeyPairSync('rsa', { modulusLength: 1_024 }), { alg: 'RS256' });
const cube = await jwkOf(generateKeyPairSync('rsa', { modulusLength: 2_048, publicExponent: 3 }), {
  alg: 'RS256',
});
const other = await jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }), {
  alg: 'ES256',
  kid: 'ec',
});
const offCurve = { ...ec, y: ec.x };
const smallOrder = { ...ed, x: Buffer.alloc(32).toString('base64url') };

const bad: [string, object[], RegExp][] = [
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((member): [string, object[], RegExp] => [
    `a private member: ${member}`,
    [ec, { ...(member === 'd' ? ec : rsa), [member]: 'c2VjcmV0' }],
    new RegExp(`no member "${member}"`),
  ]),
  ['a symmetric key', [{ kty: 'oct', k: 'c2VjcmV0', alg: 'ES256' }], /kty/],
  ['RSA of 1,024 bits', [weak], /2048 bits/],
  ['RSA with the exponent 3', [cube], /exponent/],
  ['a point that is not on its curve', [offCurve], /curve/],
  ['a point of small order', [smallOrder], /small order/],
  ['another curve than its algorithm has', [p384], /fits none/],
  ['an algorithm of another key type', [{ ...ec, alg: 'RS256' }], /fits none/],
  ['an algorithm that is not taken', [{ ...rsa, alg: 'HS256' }], /alg|Invalid/],
  ['a key to encrypt with', [{ ...ec, use: 'enc' }], /"sig"/],
  ['operations without verify', [{ ...ec, key_ops: ['sign'] }], /"verify"/],
  ['x that is no base64url', [{ ...ec, x: '!' }], /base64url/],
  ['a kid with NUL', [{ ...ec, kid: 'a\0b' }], /kid.*well-formed/],
  ['two keys of one name', [ec, other], /same kid/],
];
const signer = (id: string, keys: object[]) => ({
  client_id: id,
  name: 'A signer',
  authentication: 'private_key_jwt',
  grant_types: ['client_credentials'],
  scopes: ['todo:read'],
  jwks: { keys },
});
const create = (id: string, keys: object[]) =>
  auth.request('POST /admin/clients', { token, json: signer(id, keys) });
const configured = (keys: object[]) => () =>
  parseConfig({
    NODE_ENV: 'test',
    ISSUER,
    DATABASE_URL: 'postgresql://x@127.0.0.1:1/x',
    KEY_ENCRYPTION_KEY,
    SERVICE_CLIENTS: JSON.stringify({ 'support-service': { keys } }),
  });

test('201: good keys of each kind', async () => {
  const keys = [ec, { ...ed, alg: 'Ed25519' }, rsa, { ...rsa, alg: 'PS256', use: 'sig' }];
  expect((await create('good.keys', keys)).status).toBe(201);
  expect(configured(keys)).not.toThrow();
});

test.each([
  ['EdDSA', 'EdDSA'],
  ['EdDSA', 'Ed25519'],
  ['Ed25519', 'EdDSA'],
  ['Ed25519', 'Ed25519'],
])('a key that is called %s checks what is signed as %s (RFC 9864)', async (named, signedAs) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const id = `signer.${named}.${signedAs}`.toLowerCase();
  await create(id, [await jwkOf({ publicKey }, { alg: named }), ec]);
  const claims = { iss: id, sub: id, aud: ISSUER, jti: crypto.randomUUID() };
  const client_assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: signedAs })
    .setExpirationTime('60s')
    .sign(privateKey);
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const form = { grant_type: 'client_credentials', client_assertion_type, client_assertion };
  expect((await auth.request('POST /token', { form })).status).toBe(200);
});

test('201: members that no public key has are not kept', async () => {
  const made = await create('other.members', [{ ...ec, note: 'a\0b', x5c: ['x'], n: 'a\0b' }]);
  expect(made.status).toBe(201);
  const { jwks } = await auth.db.client.findUniqueOrThrow({ where: { id: 'other.members' } });
  expect(jwks).toEqual({ keys: [ec] });
});

test.each(bad)('400: %s', async (_name, keys, message) => {
  const { status, body, text } = await create('bad.keys', keys);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  const [error] = body.errors;
  expect(error.field).toMatch(/^jwks\.keys\.\d/);
  expect(`${error.field} ${error.detail}`).toMatch(message);
  expect(text).not.toContain('c2VjcmV0');
});

test.each(bad)('refused at the start: %s', (_name, keys, message) => {
  expect(configured(keys)).toThrow(
    expect.objectContaining({
      problems: [expect.stringMatching(/^SERVICE_CLIENTS\.support-service\.keys\.\d/)],
    }),
  );
  expect(configured(keys)).toThrow(message);
});

test('the command says the same, in one line', async () => {
  const folder = await mkdtemp('/tmp/latchkey-keys-');
  const file = `${folder}/jwks.json`;
  await writeFile(file, JSON.stringify({ keys: [weak] }));
  const args = ['clients', 'create', '--name', 'Weak', '--authentication', 'private_key_jwt'];
  const more = ['--grant', 'client_credentials', '--scope', 'todo:read', '--jwks', file];
  const { code, stderr } = await runCli(auth.scratch.url, [...args, ...more]);
  await rm(folder, { recursive: true });
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toContain('its modulus has under 2048 bits');
});

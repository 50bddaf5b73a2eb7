import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import type { ServiceJson } from '../src/joining/service-json.ts';
import { createServiceVerifier } from '../src/joining/service-verifier.ts';
import type { TokenConfig } from '../src/joining/token-config.ts';
import { silentLog } from '../testing/harness.ts';

const ISSUER = 'https://login.example.test';
const secret = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const service: ServiceJson = {
  name: 'thing-service',
  port: 4900,
  description: 'Things.',
  routes: ['/things'],
  audience: 'things',
  roles: {},
  scopes: { 'things:read': 'Read your things' },
};

const tokenWith = (claims: JWTPayload, typ = 'JWT') =>
  new SignJWT({ sub: 'ada', id: 1, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ })
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(secret));

const verifierFor = (profile: 'standard' | 'minimal') => {
  const config: TokenConfig = { issuer: ISSUER, mode: 'shared-secret', secret, profile };
  return createServiceVerifier(config, service, silentLog).verifier;
};

it.each([
  [['/things', '/more'], `${ISSUER}/.well-known/oauth-protected-resource/things`],
  [[], undefined],
])('challenges of a service with the routes %j name %s', (routes, resourceMetadata) => {
  const config: TokenConfig = {
    issuer: ISSUER,
    mode: 'shared-secret',
    secret,
    profile: 'standard',
  };
  const { verifier } = createServiceVerifier(config, { ...service, routes }, silentLog);
  expect(verifier.challenge.resourceMetadata).toBe(resourceMetadata);
});

describe('the minimal profile', () => {
  const verifier = verifierFor('minimal');

  it.each<[string, JWTPayload]>([
    ["just the tutorial's claims", {}],
    ['our iss', { iss: ISSUER }],
    ['our aud', { aud: 'things' }],
    ['our aud among others', { aud: ['todo-service', 'things'], iss: ISSUER }],
  ])('accepts %s', async (_name, claims) => {
    const { subject, scopes } = await verifier.verify(await tokenWith(claims));
    expect([subject, scopes]).toEqual(['ada', ['things:read']]);
  });

  it.each<[string, JWTPayload, string]>([
    ["another service's aud", { aud: 'todo-service' }, 'audience_mismatch'],
    ['an empty aud', { aud: [] }, 'audience_mismatch'],
    ["another login's iss", { iss: 'https://evil.example' }, 'issuer_mismatch'],
    ['another iss beside our aud', { iss: `${ISSUER}/`, aud: 'things' }, 'issuer_mismatch'],
    ['an aud of the wrong type', { aud: null as never }, 'claim_invalid'],
    ['no id', { id: undefined }, 'claim_missing'],
  ])('refuses %s', async (_name, claims, code) => {
    await expect(verifier.verify(await tokenWith(claims))).rejects.toMatchObject({
      status: 401,
      code,
    });
  });

  it('gives no scopes of its own to a token that names some', async () => {
    const { scopes } = await verifier.verify(await tokenWith({ scope: 'other:read' }));
    expect(scopes).toEqual(['other:read']);
  });
});

describe('the standard profile under a shared secret', () => {
  it.each<[string, JWTPayload, string]>([
    ['no iss', { aud: 'things' }, 'claim_missing'],
    ['no aud', { iss: ISSUER }, 'claim_missing'],
  ])('refuses a token with %s', async (_name, claims, code) => {
    const token = await tokenWith(claims, 'at+jwt');
    await expect(verifierFor('standard').verify(token)).rejects.toMatchObject({ code });
  });

  it('accepts a token of ours', async () => {
    const token = await tokenWith({ iss: ISSUER, aud: ['things'] }, 'at+jwt');
    expect((await verifierFor('standard').verify(token)).subject).toBe('ada');
  });
});

describe('readiness', () => {
  const issuer = createServer((_request, response) => response.writeHead(500).end());
  afterAll(() => issuer.close());

  it('answers at once that there are no keys, and logs why', async () => {
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
    const lines: object[] = [];
    const log = { warn: (line: object) => lines.push(line) } as never;
    const config: TokenConfig = {
      issuer: ISSUER,
      mode: 'public-keys',
      jwksUri: url,
      insecureHttp: false,
    };
    const { verifier, keysReady } = createServiceVerifier(config, service, log);
    const start = performance.now();
    expect(await keysReady()).toBe('no keys yet');
    expect(performance.now() - start).toBeLessThan(2000);
    expect(lines).toMatchObject([
      { event: { type: 'keys_refresh_failed' }, err: { message: `${url} answered 500` } },
    ]);
    verifier.close();
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { createVerifier, type Verifier } from '../src/index.ts';
import { AUDIENCE, claimsOf, headerOf, ISSUER, mint, now, signingKey } from './tokens.ts';

const HOST = 'https://login.example.com';
const TEMPLATE = `${HOST}/{tenantid}/v2.0`;
const [ONE, TWO] = ['11111111-2222-4333-8444-555555555555', '99999999-2222-4333-8444-555555555555'];
const issuerOf = (tid: string) => `${HOST}/${tid}/v2.0`;

// The keys of Entra ID name no algorithm.
const key = signingKey('RS256', 'common');
const jwk = { ...key.jwk, alg: undefined, issuer: TEMPLATE };
const guest = signingKey('RS256', 'guest');
const guestJwk = { ...guest.jwk, issuer: issuerOf(TWO) };

const open: Verifier[] = [];
afterEach(() => {
  for (const verifier of open.splice(0)) verifier.close();
});

let asked: string[] = [];
const verifierWith = (options: object = {}, metadata: object = { issuer: TEMPLATE }) => {
  asked = [];
  const verifier = createVerifier({
    issuer: TEMPLATE,
    audience: AUDIENCE,
    algorithms: ['RS256'],
    typ: null,
    now,
    fetch: (async (url: string) => {
      asked.push(url);
      const isMetadata = url.endsWith('/.well-known/openid-configuration');
      const jwks_uri = `${HOST}/common/discovery/v2.0/keys`;
      return Response.json(isMetadata ? { jwks_uri, ...metadata } : { keys: [jwk, guestJwk] });
    }) as typeof fetch,
    ...options,
  });
  open.push(verifier);
  return verifier;
};
const token = (claims: object, by = key) =>
  mint(by, claimsOf({ tid: ONE, iss: issuerOf(ONE), ...claims }), headerOf(by, { typ: 'JWT' }));
const outcome = (verifier: Verifier, text: string) =>
  verifier.verify(text).then(
    ({ issuer }) => issuer,
    (error) => String(error.code),
  );

describe('an issuer with {tenantid}', () => {
  test("accepts each tenant's tokens, with keys by the metadata common to all", async () => {
    const verifier = verifierWith();
    expect(await outcome(verifier, token({}))).toBe(issuerOf(ONE));
    expect(await outcome(verifier, token({ tid: TWO, iss: issuerOf(TWO) }))).toBe(issuerOf(TWO));
    expect(asked).toEqual([
      `${HOST}/common/v2.0/.well-known/openid-configuration`,
      `${HOST}/common/discovery/v2.0/keys`,
    ]);
    expect(verifier.status().issuers).toMatchObject([{ issuer: TEMPLATE, keys: 'fresh' }]);
  });

  test.each<[string, object, string]>([
    ['the issuer of another tenant', { iss: issuerOf(TWO) }, 'issuer_mismatch'],
    ['no tid', { tid: undefined }, 'issuer_mismatch'],
    ['no iss', { iss: undefined }, 'claim_missing'],
    ['the template itself', { iss: TEMPLATE, tid: '{tenantid}' }, 'issuer_mismatch'],
    ['a tid that is no UUID', { tid: 'common', iss: issuerOf('common') }, 'issuer_mismatch'],
    ['a tid in capitals', { tid: 'A'.repeat(8) + ONE.slice(8) }, 'issuer_mismatch'],
    [
      'a tid that leads elsewhere',
      { tid: `${ONE}/x`, iss: issuerOf(`${ONE}/x`) },
      'issuer_mismatch',
    ],
    ['a tid with a line break', { tid: `${ONE}\n`, iss: issuerOf(`${ONE}\n`) }, 'issuer_mismatch'],
    ['a tid in an array', { tid: [ONE] }, 'issuer_mismatch'],
    ['another host', { iss: `https://evil.example/${ONE}/v2.0` }, 'issuer_mismatch'],
    ['another version', { iss: `${HOST}/${ONE}/v1.0` }, 'issuer_mismatch'],
    ['iss in an array', { iss: [issuerOf(ONE)] }, 'issuer_mismatch'],
    ['another audience', { aud: 'other' }, 'audience_mismatch'],
  ])('refuses %s, and asks nobody about it', async (_name, claims, code) => {
    const verifier = verifierWith();
    expect(await outcome(verifier, token(claims))).toBe(code);
    expect(asked).toEqual([]);
  });

  test('with tenants, accepts those alone, however their ids are written', async () => {
    const verifier = verifierWith({ tenants: [TWO?.toUpperCase()] });
    expect(await outcome(verifier, token({ tid: TWO, iss: issuerOf(TWO as string) }))).toBe(
      issuerOf(TWO as string),
    );
    expect(await outcome(verifier, token({}))).toBe('issuer_mismatch');
  });

  test('a key that the set binds to one tenant signs for no other', async () => {
    const verifier = verifierWith();
    expect(await outcome(verifier, token({ tid: TWO, iss: issuerOf(TWO) }, guest))).toBe(
      issuerOf(TWO),
    );
    expect(await outcome(verifier, token({}, guest))).toBe('key_unknown');
  });

  test('stands beside an issuer of the usual kind', async () => {
    const other = signingKey('ES256');
    const verifier = verifierWith({
      issuers: [
        { issuer: TEMPLATE, audience: AUDIENCE, algorithms: ['RS256'] },
        {
          issuer: ISSUER,
          audience: AUDIENCE,
          algorithms: ['ES256'],
          keys: { jwks: { keys: [other.jwk] } },
        },
      ],
    });
    expect(await outcome(verifier, token({}))).toBe(issuerOf(ONE));
    expect(await outcome(verifier, mint(other))).toBe(ISSUER);
    expect(await outcome(verifier, mint(other, claimsOf({ iss: issuerOf(ONE), tid: ONE })))).toBe(
      'algorithm_not_allowed',
    );
  });

  test('takes the metadata of no single tenant for the common one', async () => {
    const verifier = verifierWith({}, { issuer: issuerOf(ONE) });
    await expect(verifier.verify(token({}))).rejects.toMatchObject({
      code: 'keys_unavailable',
      cause: { message: expect.stringContaining(`another issuer: "${issuerOf(ONE)}"`) },
    });
  });
});

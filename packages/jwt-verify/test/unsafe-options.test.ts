import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createVerifier } from '../src/index.ts';
import { AUDIENCE, ISSUER, SECRET, signingKey } from './tokens.ts';

const jwk = signingKey('ES256').jwk;
const good = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  keys: { jwks: { keys: [jwk] } },
};
const hmac = { ...good, algorithms: ['HS256'] };
const withKey = (key: object) => ({ ...good, keys: { jwks: { keys: [key] } } });
const rsaOf = (bits: number, publicExponent = 65_537) => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent });
  return {
    ...good,
    algorithms: ['RS256'],
    keys: { jwks: { keys: [publicKey.export({ format: 'jwk' })] } },
  };
};
const pem = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' });
const smallOrder = Buffer.from(
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'hex',
);
const TENANT = '11111111-2222-4333-8444-555555555555';
const template = (issuer = 'https://h.example/{tenantid}/v2.0') => ({ issuer });
const TUTORIAL_KEY = 'eec7f9b96330e64eaac29ad7c95154cff3addaea90239c262b3f9287e678f6d3';

const UNSAFE: readonly [string, object, RegExp][] = [
  ['no issuer', { ...good, issuer: undefined }, /issuer is missing: set it/],
  ['an empty issuer', { ...good, issuer: '' }, /issuer is missing/],
  ['no audience', { ...good, audience: undefined }, /audience is missing: set/],
  ['an empty list of audiences', { ...good, audience: [] }, /audience is missing/],
  ['no algorithms', { ...good, algorithms: undefined }, /algorithms is empty: name/],
  ['an empty list of algorithms', { ...good, algorithms: [] }, /algorithms is empty/],
  ['alg none', { ...good, algorithms: ['none'] }, /algorithms names "none": use/],
  ['alg in lower case', { ...good, algorithms: ['es256'] }, /algorithms names "es256"/],
  ['HMAC beside public keys', { ...good, algorithms: ['ES256', 'HS256'] }, /mixes HMAC/],
  [
    'a secret for ES256',
    { ...good, keys: { secret: SECRET } },
    /keys.secret does not go with ES256/,
  ],
  ['HS256 without a secret', { ...hmac, keys: {} }, /HS256 needs keys: \{ secret \}/],
  [
    'a secret for two algorithms',
    { ...hmac, algorithms: ['HS256', 'HS384'], keys: { secret: SECRET } },
    /one algorithm/,
  ],
  ['a short secret', { ...hmac, keys: { secret: 'short' } }, /needs 32 bytes.*openssl rand/],
  [
    '64 bytes are wanted for HS512',
    { ...hmac, algorithms: ['HS512'], keys: { secret: SECRET.slice(1) } },
    /needs 64 bytes/,
  ],
  ['a PEM as secret', { ...hmac, keys: { secret: pem } }, /looks like a key file/],
  ['a JWK as secret', { ...hmac, keys: { secret: JSON.stringify(jwk) } }, /looks like a key file/],
  [
    'a secret that repeats',
    { ...hmac, keys: { secret: 'changeme'.repeat(5) } },
    /repeats a few characters/,
  ],
  ["the tutorial's secret", { ...hmac, keys: { secret: TUTORIAL_KEY } }, /published sample/],
  [
    'the secret of a token site',
    { ...hmac, keys: { secret: 'a-string-secret-at-least-256-bits-long' } },
    /published sample/,
  ],
  [
    'http beyond loopback',
    { ...good, keys: { url: 'http://keys.example.com/' } },
    /keys.url must be https/,
  ],
  [
    'http beyond loopback by a name alike',
    { ...good, keys: { url: 'http://127.0.0.1.example.com/' } },
    /must be https/,
  ],
  [
    'an issuer over http',
    { ...good, issuer: 'http://login.example.com', keys: {} },
    /issuer must be https/,
  ],
  ['a file URL', { ...good, keys: { url: 'file:///etc/keys' } }, /must be https/],
  [
    'a password in the URL',
    { ...good, keys: { url: 'https://a:b@keys.example.com/' } },
    /password/,
  ],
  [
    'the old name of maxAgeSeconds',
    { ...good, keys: { freshSeconds: 60 } },
    /keys.freshSeconds is not an option: set keys.maxAgeSeconds$/,
  ],
  [
    'the old name of staleIfErrorSeconds',
    { ...good, keys: { hardSeconds: 3600 } },
    /keys.hardSeconds is not an option: set keys.staleIfErrorSeconds/,
  ],
  [
    'an age for stale alone',
    { ...good, keys: { staleSeconds: 900 } },
    /keys.staleSeconds is not an option: status\(\) says stale from keys.maxAgeSeconds on/,
  ],
  [
    'keys used for ever',
    { ...good, keys: { staleIfErrorSeconds: Number.POSITIVE_INFINITY } },
    /keys.staleIfErrorSeconds must be from 0 to 604800/,
  ],
  ['remote keys of nobody', { ...good, issuer: null, keys: {} }, /issuer is null: set keys/],
  [
    'an empty key set',
    { ...good, keys: { jwks: { keys: [] } } },
    /keys.jwks: the key set is empty/,
  ],
  ['a key set that is none', { ...good, keys: { jwks: [jwk] } }, /keys.jwks: a JWK Set is/],
  [
    'a private key beside a good one',
    { ...good, keys: { jwks: { keys: [jwk, { ...jwk, kid: 'mine', d: 'AA' }] } } },
    /keys.jwks holds a private key: "mine"/,
  ],
  [
    'a key set of which no key can be used, and why each',
    {
      ...good,
      keys: {
        jwks: {
          keys: [
            { ...jwk, use: 'enc' },
            { kty: 'AKP', kid: 'pq' },
          ],
        },
      },
    },
    /no key can be used: "key-ES256": its use is not "sig"; "pq": it fits none of ES256/,
  ],
  ['a private JWK', withKey({ ...jwk, d: 'AA' }), /no member "d"/],
  ['a symmetric JWK', withKey({ kty: 'oct', k: 'AA' }), /no member "k"/],
  ['a point off the curve', withKey({ ...jwk, y: jwk.x }), /not a key on its curve/],
  ['another curve', withKey({ ...signingKey('ES384').jwk, alg: undefined }), /fits none of ES256/],
  ['an encryption key', withKey({ ...jwk, use: 'enc' }), /use is not "sig"/],
  ['a key for signing alone', withKey({ ...jwk, key_ops: ['sign'] }), /key_ops lack "verify"/],
  ['a key for another algorithm', withKey({ ...jwk, alg: 'ES384' }), /fits none/],
  ['a padded coordinate', withKey({ ...jwk, x: `${jwk.x}=` }), /x is not base64url/],
  ['RSA of 1024 bits', rsaOf(1024), /under 2048 bits/],
  ['RSA with exponent 3', rsaOf(2048, 3), /exponent is even, under 2\^16 or too large/],
  [
    'Ed25519 of small order',
    {
      ...good,
      algorithms: ['EdDSA'],
      keys: {
        jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: smallOrder.toString('base64url') }] },
      },
    },
    /small order/,
  ],
  [
    'an hour of leeway',
    { ...good, clockToleranceSeconds: 3600 },
    /clockToleranceSeconds must be from 0 to 60/,
  ],
  [
    'leeway that is no number',
    { ...good, clockToleranceSeconds: Number.NaN },
    /clockToleranceSeconds/,
  ],
  ['a boundless token', { ...good, maxTokenBytes: Number.POSITIVE_INFINITY }, /maxTokenBytes/],
  [
    'a boundless cache',
    { ...good, cache: { maxEntries: Number.POSITIVE_INFINITY } },
    /cache.maxEntries/,
  ],
  ['an empty typ', { ...good, typ: '' }, /typ must be a media type/],
  [
    'an issuer if present that is empty',
    { ...good, issuer: { ifPresent: '' } },
    /issuer is missing/,
  ],
  [
    'an issuer if present of null',
    { ...good, issuer: { ifPresent: null } },
    /issuer.ifPresent is null/,
  ],
  ['a list of issuers', { ...good, issuer: [ISSUER] }, /issuer is missing/],
  ['an issuer in an object', { ...good, issuer: { value: ISSUER } }, /not have the members value/],
  ['an issuer in an empty object', { ...good, issuer: {} }, /issuer must be a value or/],
  [
    'more than ifPresent',
    { ...good, audience: { ifPresent: AUDIENCE, orElse: 'x' } },
    /not have the members ifPresent,orElse/,
  ],
  [
    'audiences if present that are none',
    { ...good, audience: { ifPresent: [] } },
    /audience is missing/,
  ],
  ['audiences if present of null', { ...good, audience: { ifPresent: null } }, /ifPresent is null/],
  ['an audience that is no text', { ...good, audience: { ifPresent: [1] } }, /audience is missing/],
  ['a typ if present that is empty', { ...good, typ: { ifPresent: '' } }, /typ must be a media/],
  ['a typ if present of null', { ...good, typ: { ifPresent: null } }, /typ.ifPresent is null/],
  ['a list of typ', { ...good, typ: ['at+jwt'] }, /typ must be a media type/],
  [
    'two issuers for tokens without iss',
    {
      issuers: ['https://a.example', 'https://b.example'].map((issuer) => ({
        ...good,
        issuer: { ifPresent: issuer },
      })),
    },
    /ifPresent twice/,
  ],
  [
    'the same issuer, once if present',
    { issuers: [good, { ...good, issuer: { ifPresent: ISSUER } }] },
    /same issuer twice/,
  ],
  ['tenants of an issuer without them', { ...good, tenants: [TENANT] }, /issuer with \{tenantid\}/],
  ['an empty list of tenants', { ...good, ...template(), tenants: [] }, /tenants names none/],
  ['a tenant by name', { ...good, ...template(), tenants: ['contoso'] }, /names "contoso": use/],
  ['tenants that are no list', { ...good, ...template(), tenants: TENANT }, /tenants names none/],
  ['half a part of the path', { ...good, ...template('https://h/x{tenantid}/v2.0') }, /once, as a/],
  ['tenants as hosts', { ...good, ...template('https://{tenantid}.example.com/') }, /once, as a/],
  [
    'two templates',
    { ...good, ...template('https://h/{tenantid}/{tenantid}') },
    /once, as a whole/,
  ],
  ['an unknown template', { ...good, ...template('https://h/{tenant}/v2.0') }, /no other braces/],
  [
    'a template if present',
    { ...good, issuer: { ifPresent: 'https://h/{tenantid}/v2.0' } },
    /does not go with/,
  ],
  ['an empty path to the roles', { ...good, rolesClaim: [] }, /rolesClaim is empty/],
  ['an empty name of the roles', { ...good, rolesClaim: '' }, /rolesClaim must be/],
  ['a path to the scopes that is none', { ...good, scopeClaim: [1] }, /scopeClaim must be/],
  ['revocation that is text', { ...good, revocation: 'on' }, /revocation must be true, or an obj/],
  ['revocation of null', { ...good, revocation: null }, /revocation must be true/],
  [
    'an unknown setting',
    { ...good, revocation: { stale: 1 } },
    /revocation.stale is not an option/,
  ],
  [
    'revocation without an issuer',
    { ...good, issuer: null, revocation: true },
    /revocation needs an issuer/,
  ],
  [
    'revocation of tenants',
    { ...good, ...template(), revocation: true },
    /revocation does not go with/,
  ],
  [
    'status lists over http',
    { ...good, revocation: { url: 'http://auth-service:4001/status-lists' } },
    /revocation.url must be https, or set revocation.allowInsecureHttp/,
  ],
  [
    'status lists of an issuer over http',
    { ...good, issuer: 'http://login.example.com', revocation: true },
    /issuer must be https, or set revocation.allowInsecureHttp/,
  ],
  [
    'status lists at no URL',
    { ...good, revocation: { url: '/status-lists' } },
    /revocation.url "\/status-lists" is not a URL/,
  ],
  [
    'http allowed by text',
    { ...good, revocation: { allowInsecureHttp: 'yes' } },
    /allowInsecureHttp must be true or false/,
  ],
  [
    'lists that are used for ever',
    { ...good, revocation: { staleIfErrorSeconds: Number.POSITIVE_INFINITY } },
    /revocation.staleIfErrorSeconds must be from 0 to 86400/,
  ],
  [
    'no place for lists',
    { ...good, revocation: { maxLists: 0 } },
    /maxLists must be from 1 to 1024/,
  ],
  ['no issuers', { issuers: [] }, /issuers is empty/],
  ['an issuer twice', { issuers: [good, good] }, /same issuer twice/],
  ['null beside an issuer', { issuers: [good, { ...good, issuer: null }] }, /stand alone/],
];

test.each(UNSAFE)('%s fails at construction', (_name, options, message) => {
  const make = () => createVerifier(options as never);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
  expect(() => createVerifier(options as never)).not.toThrow(SECRET);
});

test('the good ones do not', () => {
  for (const url of ['http://localhost:1/k', 'http://[::1]:1/k', 'https://keys.example.com/']) {
    createVerifier({ ...good, algorithms: ['ES256'], keys: { url } }).close();
  }
  const internal = { url: 'http://auth-service:4001/keys', allowInsecureHttp: true };
  createVerifier({ ...good, algorithms: ['ES256'], keys: internal }).close();
});

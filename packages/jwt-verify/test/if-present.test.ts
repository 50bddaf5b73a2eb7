import { expect, test } from 'vitest';
import { createVerifier, type Verifier } from '../src/index.ts';
import { AUDIENCE, claimsOf, headerOf, ISSUER, mint, now, SECRET, signingKey } from './tokens.ts';

const key = { ...signingKey('HS256'), privateKey: SECRET };
const rules = { algorithms: ['HS256'], keys: { secret: SECRET }, now } as const;
const verifier = createVerifier({
  ...rules,
  issuer: { ifPresent: ISSUER },
  audience: { ifPresent: [AUDIENCE, 'second'] },
  typ: { ifPresent: 'at+jwt' },
});
const unchecked = createVerifier({ ...rules, issuer: null, audience: null, typ: null });

const outcome = (by: Verifier, token: string): string => {
  try {
    by.verifySync(token);
    return 'accepted';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
};

// The last column: with null the claim is not checked, whatever it names; its type still is.
test.each<[string, object, object, string, string]>([
  [
    'neither of the three',
    { iss: undefined, aud: undefined },
    { typ: undefined },
    'accepted',
    'accepted',
  ],
  ['all of them right', {}, {}, 'accepted', 'accepted'],
  ['the other audience', { aud: 'second' }, {}, 'accepted', 'accepted'],
  ['one audience of several', { aud: ['x', AUDIENCE] }, {}, 'accepted', 'accepted'],
  ['another iss', { iss: 'https://evil.example' }, {}, 'issuer_mismatch', 'accepted'],
  ['iss with a slash more', { iss: `${ISSUER}/` }, {}, 'issuer_mismatch', 'accepted'],
  ['iss in an array', { iss: [ISSUER] }, {}, 'issuer_mismatch', 'claim_invalid'],
  ['iss null', { iss: null }, {}, 'issuer_mismatch', 'claim_invalid'],
  ['iss empty', { iss: '' }, {}, 'issuer_mismatch', 'claim_invalid'],
  ['another aud', { aud: 'other' }, {}, 'audience_mismatch', 'accepted'],
  ['no audience in an array', { aud: [] }, {}, 'audience_mismatch', 'accepted'],
  ['aud empty', { aud: '' }, {}, 'audience_mismatch', 'accepted'],
  ['aud null', { aud: null }, {}, 'claim_invalid', 'claim_invalid'],
  ['aud a number', { aud: 1 }, {}, 'claim_invalid', 'claim_invalid'],
  ['aud with a number beside ours', { aud: [AUDIENCE, 1] }, {}, 'claim_invalid', 'claim_invalid'],
  ['another typ', {}, { typ: 'JWT' }, 'type_not_allowed', 'accepted'],
  ['typ empty', {}, { typ: '' }, 'type_not_allowed', 'accepted'],
  ['typ null', {}, { typ: null }, 'token_malformed', 'token_malformed'],
])('%s', (_name, claims, header, ifPresent, notChecked) => {
  const token = mint(key, claimsOf({ ...claims }), headerOf(key, { ...header }));
  expect(outcome(verifier, token)).toBe(ifPresent);
  expect(outcome(unchecked, token)).toBe(notChecked);
});

test('what is left out is still required where it is listed', () => {
  const strict = createVerifier({
    ...rules,
    issuer: { ifPresent: ISSUER },
    audience: AUDIENCE,
    requiredClaims: ['sub', 'iss'],
  });
  expect(outcome(strict, mint(key, claimsOf({ iss: undefined })))).toBe('claim_missing');
  expect(outcome(strict, mint(key, claimsOf({ aud: undefined })))).toBe('claim_missing');
});

test('the issuer of a token without iss is the one whose key it was signed with', () => {
  expect(verifier.verifySync(mint(key, claimsOf({ iss: undefined }))).issuer).toBe(ISSUER);
  expect(verifier.challenge.realm).toBe(AUDIENCE);
});

test('beside other issuers, a token without iss is for the one that allows it', () => {
  const other = signingKey('ES256');
  const both = createVerifier({
    now,
    issuers: [
      { ...rules, issuer: { ifPresent: ISSUER }, audience: AUDIENCE },
      {
        issuer: 'https://two.example.com',
        audience: AUDIENCE,
        algorithms: ['ES256'],
        keys: { jwks: { keys: [other.jwk] } },
      },
    ],
  });
  const nameless = claimsOf({ iss: undefined });
  expect(both.verifySync(mint(key, nameless)).issuer).toBe(ISSUER);
  expect(outcome(both, mint(other, nameless))).toBe('algorithm_not_allowed');
  expect(outcome(both, mint(key, claimsOf({ iss: 'https://two.example.com' })))).toBe(
    'algorithm_not_allowed',
  );
});

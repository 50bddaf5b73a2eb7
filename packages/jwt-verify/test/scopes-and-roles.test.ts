import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type GuardOptions, publicRoute, requireToken } from '../src/express.ts';
import {
  type AccessTokenClaims,
  createVerifier,
  type TokenRules,
  type Verifier,
} from '../src/index.ts';
import { AUDIENCE, claimsOf, ISSUER, mint, now, signingKey } from './tokens.ts';

const key = signingKey('ES256');
const verifierWith = (rules: TokenRules = {}) =>
  createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { jwks: { keys: [key.jwk] } },
    now,
    ...rules,
  });
const plain = verifierWith();
/** A token without scopes and roles but these. */
const tokenWith = (claims: object) =>
  mint(key, claimsOf({ scope: undefined, roles: undefined, ...claims }));

/** The code with which a route refuses the token, or `passed`. */
const through = (
  verifier: Verifier,
  token: string,
  needs: GuardOptions<AccessTokenClaims, IncomingMessage>,
) =>
  new Promise<string>((resolve) => {
    const request = { rawHeaders: ['Authorization', `Bearer ${token}`], url: '/' };
    requireToken(verifier, needs)(request as never, {}, (error) =>
      resolve(error === undefined ? 'passed' : String((error as { code: unknown }).code)),
    );
  });

describe('scopes', () => {
  test.each<[string, object, readonly string[]]>([
    ['scope as text', { scope: 'a b' }, ['a', 'b']],
    ['scope as text with spaces to spare', { scope: ' a  b ' }, ['a', 'b']],
    ['scope as an array', { scope: ['a', 'b'] }, ['a', 'b']],
    ['scp as text', { scp: 'a b' }, ['a', 'b']],
    ['scp as an array', { scp: ['a', 'b'] }, ['a', 'b']],
    ['both: scope wins', { scope: 'a', scp: ['b'] }, ['a']],
    ['both, scope as an empty text', { scope: '', scp: ['b'] }, []],
    ['both, scope null', { scope: null, scp: ['b'] }, ['b']],
    ['scope null', { scope: null }, []],
    ['scope a number', { scope: 7 }, []],
    ['scope an object', { scope: { a: true } }, []],
    ['an array with a number in it', { scope: ['a', 7] }, []],
    ['an array with an empty text in it', { scope: ['a', ''] }, []],
    ['an array in an array', { scope: [['a']] }, []],
    ['a text with spaces in an array is one name', { scope: ['a b'] }, ['a b']],
    ['none', {}, []],
  ])('%s', async (_name, claims, scopes) => {
    const verified = plain.verifySync(tokenWith(claims));
    expect(verified.scopes).toEqual(scopes);
    for (const scope of ['a', 'b']) expect(verified.hasScope(scope)).toBe(scopes.includes(scope));
    expect(await through(plain, tokenWith(claims), { scope: 'a' })).toBe(
      scopes.includes('a') ? 'passed' : 'scope_insufficient',
    );
    expect(Object.isFrozen(verified.scopes)).toBe(true);
  });

  test.each<[string, object, readonly string[]]>([
    ['no claim', {}, ['x']],
    ['an empty text', { scope: '' }, []],
    ['null', { scope: null }, []],
    ['scp alone', { scp: [] }, []],
    ['an odd form', { scope: [1] }, []],
  ])('defaultScopes stand in only for a claim that is not there: %s', (_name, claims, scopes) => {
    const verifier = verifierWith({ defaultScopes: ['x'] });
    expect(verifier.verifySync(tokenWith(claims)).scopes).toEqual(scopes);
  });

  test('scopeClaim names another claim, and only that one counts', () => {
    const verifier = verifierWith({ scopeClaim: 'permissions' });
    const token = tokenWith({ scope: 'b', permissions: ['a'] });
    expect(verifier.verifySync(token).scopes).toEqual(['a']);
    expect(verifier.verifySync(tokenWith({ scope: 'b' })).scopes).toEqual([]);
  });
});

describe('roles', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['an array', ['a', 'b'], ['a', 'b']],
    ['one as text', 'a', ['a']],
    ['one as text with a space in it', 'a b', ['a b']],
    ['objects of RFC 7643', [{ value: 'a', primary: true }, { value: 'b' }], ['a', 'b']],
    ['an object without a value', [{ value: 'a' }, { display: 'b' }], []],
    ['an object with a value that is no text', [{ value: ['a'] }], []],
    ['one object', { value: 'a' }, []],
    ['an array with a number in it', ['a', 1], []],
    ['null', null, []],
    ['true', true, []],
    ['an empty text', '', []],
  ])('%s', async (_name, roles, found) => {
    const verified = plain.verifySync(tokenWith({ roles }));
    expect(verified.roles).toEqual(found);
    expect(verified.hasRole('a')).toBe(found.includes('a'));
    expect(await through(plain, tokenWith({ roles }), { role: 'a' })).toBe(
      found.includes('a') ? 'passed' : 'role_insufficient',
    );
    expect(await through(plain, tokenWith({ roles }), {})).toBe('passed');
  });

  test.each<[string, TokenRules['rolesClaim'] & {}, object]>([
    ['a name with a colon', 'cognito:groups', { 'cognito:groups': ['a'] }],
    ['a name that is a URL', 'https://x.example/roles', { 'https://x.example/roles': ['a'] }],
    ['a path', ['realm_access', 'roles'], { realm_access: { roles: ['a'] } }],
    ['a name with a dot is no path', 'x.y', { 'x.y': 'a', x: { y: 'b' } }],
  ])('rolesClaim: %s', (_name, rolesClaim, claims) => {
    const verifier = verifierWith({ rolesClaim });
    expect(verifier.verifySync(tokenWith({ ...claims, roles: ['admin'] })).roles).toEqual(['a']);
    expect(verifier.verifySync(tokenWith({ roles: ['admin'] })).roles).toEqual([]);
  });

  test.each([{ realm_access: null }, { realm_access: ['roles'] }, { realm_access: 'roles' }, {}])(
    'a path that leads nowhere grants nothing: %j',
    (claims) => {
      const verifier = verifierWith({ rolesClaim: ['realm_access', 'roles'] });
      expect(verifier.verifySync(tokenWith(claims)).roles).toEqual([]);
    },
  );

  test('a path takes nothing from a prototype', () => {
    const verifier = verifierWith({ rolesClaim: ['constructor', 'name'] });
    expect(verifier.verifySync(tokenWith({})).roles).toEqual([]);
  });
});

describe('standingOf', () => {
  const token = tokenWith({ scope: 'a b', roles: ['user'] });
  const standingOf = async () => ({ scopes: ['a'], roles: ['admin'] });

  test.each([
    [{ scope: 'a' }, 'passed'],
    [{ scope: 'b' }, 'scope_insufficient'],
    [{ role: 'admin' }, 'passed'],
    [{ role: 'user' }, 'role_insufficient'],
    [{ claims: () => false }, 'claims_insufficient'],
    [{}, 'passed'],
  ])('counts in place of what the token says: %j %s', async (needs, outcome) => {
    expect(await through(plain, token, { ...needs, standingOf })).toBe(outcome);
  });

  test('may refuse the token, also where the route needs nothing', async () => {
    expect(await through(plain, token, { standingOf: async () => undefined })).toBe(
      'token_revoked',
    );
  });

  test('may fail, which is no refusal', async () => {
    const away = Object.assign(new Error('the database is away'), { code: 'away' });
    const fails = () => Promise.reject(away);
    expect(await through(plain, token, { standingOf: fails })).toBe('away');
  });
});

test('a guard says what it requires, a public route nothing', () => {
  const guard = requireToken(plain, { scope: ['a', 'b'], role: 'admin' });
  expect(guard.requirements).toEqual({ scope: ['a', 'b'], role: 'admin' });
  expect(requireToken(plain).requirements).toEqual({});
  expect(publicRoute.requirements).toBeUndefined();
});

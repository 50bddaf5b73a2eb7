import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireToken } from '../src/express.ts';
import { withToken } from '../src/fetch.ts';
import { type AccessTokenClaims, createVerifier, TokenError, type Verifier } from '../src/index.ts';
import type { Requirements } from '../src/requirements.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';
import { closing, GUARDS } from './each-guard.ts';
import { AUDIENCE, claimsOf, ISSUER, mint, NOW_SECONDS, signingKey } from './tokens.ts';

const key = signingKey('ES256');
let nowMs = NOW_SECONDS * 1000;
const verifierWith = (clockToleranceSeconds: number): Verifier =>
  createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { jwks: { keys: [key.jwk] } },
    clockToleranceSeconds,
    resourceMetadata: 'https://api.example.com/.well-known/oauth-protected-resource',
    now: () => nowMs,
  });
const exact = verifierWith(0);

const refusalOf = async (
  needs: Requirements<AccessTokenClaims>,
  claims: Record<string, unknown>,
  verifier = exact,
): Promise<TokenError | undefined> => {
  const headers = { authorization: `Bearer ${mint(key, claimsOf(claims))}` };
  let refused: unknown;
  await new Promise<void>((resolve) => {
    const rawHeaders = Object.entries(headers).flat();
    const request = { headers, rawHeaders, url: '/' };
    requireToken(verifier, needs)(request as never, undefined, (error) => {
      refused = error;
      resolve();
    });
  });
  return refused as TokenError | undefined;
};
const codeOf = async (...args: Parameters<typeof refusalOf>) => (await refusalOf(...args))?.code;

const AGE = 600;
const TOO_LITTLE = 'authentication_insufficient';

describe('maxAuthAgeSeconds', () => {
  test.each([
    ['now', NOW_SECONDS, undefined],
    ['as old as allowed', NOW_SECONDS - AGE, undefined],
    ['a second older', NOW_SECONDS - AGE - 1, TOO_LITTLE],
    ['by a clock that is a minute ahead', NOW_SECONDS + 60, undefined],
    ['further ahead', NOW_SECONDS + 61, TOO_LITTLE],
    ['in milliseconds', NOW_SECONDS * 1000, TOO_LITTLE],
    ['never said', undefined, TOO_LITTLE],
    ['null', null, TOO_LITTLE],
    ['text', String(NOW_SECONDS), TOO_LITTLE],
    ['a list', [NOW_SECONDS], TOO_LITTLE],
    ['an object', { valueOf: NOW_SECONDS }, TOO_LITTLE],
    ['true', true, TOO_LITTLE],
    ['too great for a number', '1e999', TOO_LITTLE],
  ])('of a sign-in %s', async (_name, authTime, code) => {
    expect(await codeOf({ maxAuthAgeSeconds: AGE }, { auth_time: authTime })).toBe(code);
  });

  test('has the clock tolerance of the issuer, and nothing more', async () => {
    const tolerant = verifierWith(30);
    const asked = (authTime: number) =>
      codeOf({ maxAuthAgeSeconds: AGE }, { auth_time: authTime }, tolerant);
    expect(await asked(NOW_SECONDS - AGE - 30)).toBeUndefined();
    expect(await asked(NOW_SECONDS - AGE - 31)).toBe(TOO_LITTLE);
  });

  test('passes within the age, and only then', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: -120, max: 200_000 }),
        fc.integer({ min: 0, max: 60 }),
        async (maxAuthAgeSeconds, ageSeconds, tolerance) => {
          const claims = { auth_time: NOW_SECONDS - ageSeconds };
          const code = await codeOf({ maxAuthAgeSeconds }, claims, verifierWith(tolerance));
          const fits = ageSeconds >= -60 && ageSeconds <= maxAuthAgeSeconds + tolerance;
          expect(code).toBe(fits ? undefined : TOO_LITTLE);
        },
      ),
    );
  });

  test('is judged at each request, for a token that was seen before too', async () => {
    const claims = { auth_time: NOW_SECONDS - AGE };
    expect(await codeOf({ maxAuthAgeSeconds: AGE }, claims)).toBeUndefined();
    nowMs += 1_000;
    expect(await codeOf({ maxAuthAgeSeconds: AGE }, claims)).toBe(TOO_LITTLE);
    nowMs -= 1_000;
  });
});

describe('acr', () => {
  test.each([
    ['aal2', 'aal2', undefined],
    ['aal2', 'aal1', TOO_LITTLE],
    ['aal2', 'AAL2', TOO_LITTLE],
    ['aal2', 'aal2 ', TOO_LITTLE],
    ['aal2', undefined, TOO_LITTLE],
    ['aal2', ['aal2'], TOO_LITTLE],
    ['aal2', { toString: 'aal2' }, TOO_LITTLE],
    ['aal2', '', TOO_LITTLE],
    [['aal1', 'aal2'], 'aal1', undefined],
    [['aal1', 'aal2'], 'aal2', undefined],
    [['aal1', 'aal2'], 'aal3', TOO_LITTLE],
    [['aal1', 'aal2'], 'aal1 aal2', TOO_LITTLE],
    ['urn:mace:incommon:iap:silver', 'urn:mace:incommon:iap:silver', undefined],
  ])('%j of a token with %j', async (acr, actual, code) => {
    expect(await codeOf({ acr }, { acr: actual })).toBe(code);
  });

  test('is met by one of the values that were asked for, and only then', async () => {
    const value = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,12}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 4 }), value, async (acr, one) => {
        expect(await codeOf({ acr }, { acr: acr[0] })).toBeUndefined();
        expect(await codeOf({ acr }, { acr: one })).toBe(
          acr.includes(one) ? undefined : TOO_LITTLE,
        );
      }),
    );
  });

  test('takes nothing from a prototype', async () => {
    Object.assign(Object.prototype, { acr: 'aal2' });
    try {
      expect(await codeOf({ acr: ['aal2'] }, {})).toBe(TOO_LITTLE);
    } finally {
      delete (Object.prototype as { acr?: string }).acr;
    }
  });
});

describe('beside what else a route asks for', () => {
  const signedIn = { auth_time: NOW_SECONDS, acr: 'aal1' };
  const needs = { maxAuthAgeSeconds: AGE, acr: 'aal2', scope: 'todo:read', role: 'admin' };

  test.each([
    ['no role', { ...signedIn, roles: [] }, 'role_insufficient'],
    ['no scope', { ...signedIn, roles: ['admin'], scope: '' }, 'scope_insufficient'],
    ['too weak a sign-in', { ...signedIn, roles: ['admin'] }, TOO_LITTLE],
    ['all of it', { ...signedIn, acr: 'aal2', roles: ['admin'] }, undefined],
  ])('a token with %s', async (_name, claims, code) => {
    expect(await codeOf(needs, claims)).toBe(code);
  });

  test('the claims of a token decide, where another standing decides on permissions', async () => {
    const standingOf = async () => ({ scopes: ['todo:read'], roles: ['admin'] });
    expect(await codeOf({ ...needs, standingOf } as never, signedIn)).toBe(TOO_LITTLE);
    const strong = { ...signedIn, acr: 'aal2' };
    expect(await codeOf({ ...needs, standingOf } as never, strong)).toBeUndefined();
  });

  test('the challenge says all of it, and the problem has its code', async () => {
    const error = await refusalOf(needs, { ...signedIn, roles: ['admin'] });
    expect(error?.headers).toEqual({
      'WWW-Authenticate':
        'Bearer realm="todo-service", error="insufficient_user_authentication", ' +
        'error_description="The sign-in behind the token is too old or too weak for this", ' +
        'max_age="600", acr_values="aal2", scope="todo:read", ' +
        'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"',
    });
    expect(error?.toProblem()).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'Sign in again to do this.',
      code: TOO_LITTLE,
    });
  });

  test('the challenge has only what was asked for', async () => {
    const header = async (asked: Requirements<AccessTokenClaims>) =>
      (await refusalOf(asked, {}))?.headers['WWW-Authenticate'];
    const byAge = await header({ maxAuthAgeSeconds: 60 });
    expect(byAge).toContain('max_age="60"');
    expect(byAge).not.toMatch(/acr_values| scope=/);
    const byValue = await header({ acr: ['b', 'a'] });
    expect(byValue).toContain('acr_values="b a"');
    expect(byValue).not.toMatch(/max_age| scope=/);
  });
});

describe.each(Object.entries(GUARDS))('a route of %s', (_name, open) => {
  let issuer: TestIssuer;
  let verifier: Verifier;
  beforeAll(async () => {
    issuer = await startTestIssuer();
    verifier = createVerifier(issuer.verifierOptions());
    closing.push(issuer.close, verifier.close);
  });

  test('lets a recent and strong sign-in pass, and challenges any other', async () => {
    const ask = await open(verifier, { maxAuthAgeSeconds: AGE, acr: 'aal2' });
    const now = Math.floor(Date.now() / 1000);
    const ofSignIn = (claims: object) => ask(issuer.mint({ claims: { ...claims } }));
    expect((await ofSignIn({ auth_time: now, acr: 'aal2' })).status).toBe(200);
    const weaker = [{}, { auth_time: now - 700, acr: 'aal2' }, { auth_time: now, acr: 'aal1' }];
    for (const claims of weaker) {
      const refused = await ofSignIn(claims);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ code: TOO_LITTLE });
      expect(refused.headers.get('www-authenticate')).toMatch(
        /error="insufficient_user_authentication".*max_age="600", acr_values="aal2"/,
      );
    }
  });
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  exact.close();
});

describe('what cannot be asked for is a TypeError when the guard is made', () => {
  const bad = [
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9, '60', null, true].map((value) => ({
      maxAuthAgeSeconds: value,
    })),
    ...['', ' ', 'a b', 'a"b', 'a\\b', 'ä', 'a\n', 'x'.repeat(257)].map((acr) => ({ acr })),
    ...[[], [''], ['a', 5], null, 5, {}].map((acr) => ({ acr })),
  ];

  test.each(bad)('%j', (needs) => {
    expect(() => requireToken(exact, needs as never)).toThrow(TypeError);
    expect(() => withToken(exact, () => new Response(), needs as never)).toThrow(TypeError);
  });

  test('nothing at all may be asked for', async () => {
    const nothing = { maxAuthAgeSeconds: undefined, acr: undefined };
    expect(await codeOf(nothing as never, {})).toBeUndefined();
  });
});

test('a guard says what it requires of a sign-in', () => {
  const needs = { maxAuthAgeSeconds: 60, acr: ['aal2'] };
  expect(requireToken(exact, needs).requirements).toEqual(needs);
});

test('the refusal is a TokenError', async () => {
  expect(TokenError.is(await refusalOf({ acr: 'aal2' }, {}))).toBe(true);
});

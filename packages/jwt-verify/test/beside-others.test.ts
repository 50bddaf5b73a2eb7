import express, { type Request } from 'express';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { requireToken, tokenOf } from '../src/express.ts';
import * as forFetch from '../src/fetch.ts';
import { createVerifier, KeysUnavailableError, TokenError, type Verifier } from '../src/index.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';
import { get, sendSubject } from './express-app.ts';

let issuer: TestIssuer;
let verifier: Verifier;
let authorization: string;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  issuer = await startTestIssuer();
  verifier = createVerifier(issuer.verifierOptions());
  closing.push(() => verifier.close(), issuer.close);
  await verifier.ready();
  authorization = `Bearer ${issuer.mint()}`;
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

describe('the token of a request', () => {
  const foreign = { clientId: 'x', token: 'y' };
  const writesAuth: express.RequestHandler = (req, _res, next) => {
    Object.assign(req, { auth: foreign });
    next();
  };
  const authOf = (req: Request) => (req as { auth?: unknown }).auth;

  test.each(['before', 'after'])(
    'stands beside a req.auth that another library sets %s',
    async (when) => {
      const guards = [writesAuth, requireToken(verifier) as express.RequestHandler];
      if (when === 'after') guards.reverse();
      const app = express().get('/', ...guards, (req, res) => {
        res.json([tokenOf(req).subject, authOf(req)]);
      });
      const answer = await get(app, { headers: { authorization } });
      expect(await answer.json()).toEqual(['test-user', foreign]);
    },
  );

  test('is in req.auth where nobody else writes', async () => {
    const app = express().get('/', requireToken(verifier), (req, res) => {
      res.json(authOf(req) === tokenOf(req));
    });
    expect(await (await get(app, { headers: { authorization } })).json()).toBe(true);
  });

  test('is that of the last guard', async () => {
    const tokenFrom = ({ headers }: { headers: Request['headers'] }) => headers['x-step-up'];
    const app = express().use(requireToken(verifier));
    app.get('/', requireToken(verifier, { tokenFrom }), sendSubject);
    const headers = { authorization, 'x-step-up': issuer.mint({ claims: { sub: 'second' } }) };
    expect(await (await get(app, { headers })).text()).toBe('second');
  });

  test('is found by another copy of this package', async () => {
    vi.resetModules();
    const copy = await import('../src/express.ts');
    expect(copy.tokenOf).not.toBe(tokenOf);
    const app = express().get('/', requireToken(verifier), (req, res) => {
      res.send(copy.tokenOf(req).subject);
    });
    copy.assertEveryRouteIsGuarded(app);
    expect(await (await get(app, { headers: { authorization } })).text()).toBe('test-user');
  });
});

describe('TokenError.is', () => {
  test('knows the errors of another copy, which instanceof does not', async () => {
    vi.resetModules();
    const copy = await import('../src/index.ts');
    const other = copy.createVerifier({
      ...issuer.verifierOptions(),
      keys: { jwks: issuer.jwks() },
    });
    const error = await other.verify('x').catch((refused: unknown) => refused);
    expect(error instanceof TokenError).toBe(false);
    expect(TokenError.is(error) && error.code).toBe('token_malformed');
    expect(KeysUnavailableError.is(error)).toBe(false);
    expect(forFetch.toResponse(error).status).toBe(401);
  });

  test('tells trouble with keys apart', () => {
    const cold = createVerifier({
      ...issuer.verifierOptions(),
      keys: { url: `${issuer.issuer}/x` },
    });
    let error: unknown;
    try {
      cold.verifySync(issuer.mint());
    } catch (thrown) {
      error = thrown;
    }
    cold.close();
    expect([TokenError.is(error), KeysUnavailableError.is(error)]).toEqual([true, true]);
  });

  test.each([
    undefined,
    null,
    'token_expired',
    new Error('x'),
    { code: 'token_expired', status: 401 },
  ])('not %s', (value) =>
    expect([TokenError.is(value), KeysUnavailableError.is(value)]).toEqual([false, false]),
  );
});

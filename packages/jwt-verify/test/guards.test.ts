import { runInNewContext } from 'node:vm';
import cors from 'cors';
import express, { type Request } from 'express';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  assertEveryRouteIsGuarded,
  defineGuard,
  optionalToken,
  publicRoute,
  requireToken,
  tokenOf,
} from '../src/express.ts';
import * as forFastify from '../src/fastify.ts';
import * as forFetch from '../src/fetch.ts';
import { createVerifier, type Verifier } from '../src/index.ts';
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

describe('a guard of the app’s own', () => {
  /** The token lies in a session; the browser knows only the name of the session. */
  const sessions = new Map<string, string>();
  const requireSession = defineGuard(async (req: Request & { auth?: unknown }, _res, next) => {
    req.auth = await verifier.verify(sessions.get(String(req.headers['x-session'])) ?? '');
    next();
  });

  test('is known, and its token found', async () => {
    sessions.set('s1', issuer.mint({ claims: { sub: 'ada' } }));
    const app = express().get('/', requireSession, sendSubject);
    assertEveryRouteIsGuarded(app);
    expect(await (await get(app, { headers: { 'x-session': 's1' } })).text()).toBe('ada');
    expect((await get(app, { headers: { 'x-session': 's2' } })).status).toBe(401);
  });

  test('may wrap another one', async () => {
    const withToken = requireToken(verifier);
    const wrapped = defineGuard((req, res, next) =>
      withToken(req, res, (error) => {
        if (error !== undefined) return next(error);
        next(
          tokenOf(req).subject === 'ada' ? undefined : Object.assign(new Error(), { status: 403 }),
        );
      }),
    );
    const app = express().get('/', wrapped, sendSubject);
    assertEveryRouteIsGuarded(app);
    const as = (sub: string) => ({
      headers: { authorization: `Bearer ${issuer.mint({ claims: { sub } })}` },
    });
    expect((await get(app, as('ada'))).status).toBe(200);
    expect((await get(app, as('eve'))).status).toBe(403);
    expect((await get(app)).status).toBe(401);
  });

  test('is not known unmarked, and the error says how to mark it', () => {
    const app = express().get('/', (_req, _res, next) => next(), sendSubject);
    expect(() => assertEveryRouteIsGuarded(app)).toThrow(/GET \/;.*defineGuard/);
  });
});

describe('a check that takes its time', () => {
  const CHECKS: readonly [string, () => unknown, number, string?][] = [
    ['true', () => Promise.resolve(true), 200],
    ['false', () => Promise.resolve(false), 403, 'claims_insufficient'],
    ['what is not true', () => Promise.resolve('yes'), 403, 'claims_insufficient'],
    ['an error', () => Promise.reject(Object.assign(new Error('x'), { status: 418 })), 418],
    ['nothing, as an error', () => Promise.reject(undefined), 500],
    ['what Express takes for a jump, as an error', () => Promise.reject('route'), 500],
    [
      'nothing, thrown at once',
      () => {
        throw undefined;
      },
      500,
    ],
    [
      'a jump, thrown at once',
      () => {
        throw 'router';
      },
      500,
    ],
    ['true, by a promise of another realm', () => runInNewContext('Promise.resolve(true)'), 200],
  ];

  /** With the keys at hand, and with keys that have to be fetched first. */
  const VERIFIERS: Record<string, () => Verifier> = {
    'keys at hand': () => verifier,
    'keys to fetch': () => {
      const cold = createVerifier(issuer.verifierOptions());
      closing.push(() => cold.close());
      return cold;
    },
  };

  describe.each(Object.entries(VERIFIERS))('%s', (_name, verifierOf) => {
    test.each(CHECKS)('%s', async (_case, check, status, code) => {
      const handler = vi.fn(sendSubject);
      const app = express().get(
        '/',
        requireToken(verifierOf(), { claims: check as never }),
        handler,
      );
      // Where `next('router')` would lead to.
      app.use((_req, res) => void res.status(200).send('passed by'));
      const errors: unknown[] = [];
      app.use(((error, _req, res, _next) => {
        errors.push(error);
        res.status(error.status ?? 500).end();
      }) as express.ErrorRequestHandler);
      const answer = await get(app, { headers: { authorization } });
      expect([answer.status, handler.mock.calls.length]).toEqual([status, status === 200 ? 1 : 0]);
      if (code !== undefined) expect(errors).toMatchObject([{ code }]);
    });
  });

  test('fastify and fetch wait for it too', async () => {
    for (const [passes, status] of [
      [true, 200],
      [false, 403],
    ] as const) {
      const options = { claims: async () => passes };
      const app = fastify();
      app.get('/', { onRequest: forFastify.requireToken(verifier, options) }, async () => 'ok');
      const injected = await app.inject({ url: '/', headers: { authorization } });
      const fetched = await forFetch.withToken(
        verifier,
        () => new Response(),
        options,
      )(new Request('http://x.test/', { headers: { authorization } }));
      expect([injected.statusCode, fetched.status]).toEqual([status, status]);
      await app.close();
    }
  });
});

describe('a preflight, which carries no token', () => {
  const preflight = {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  };
  const withCors = cors({ origin: 'https://app.example.com' });
  const ORDERS: readonly [string, (app: express.Express) => unknown, number][] = [
    ['cors before a guard of all routes', (app) => app.use(withCors, requireToken(verifier)), 204],
    ['a guard of all routes before cors', (app) => app.use(requireToken(verifier), withCors), 401],
    ['cors and a guard at the route', (app) => app.use(withCors), 204],
    ['an optional token before cors', (app) => app.use(optionalToken(verifier), withCors), 204],
  ];
  test.each(ORDERS)('%s', async (_order, build, status) => {
    const app = express();
    build(app);
    app.get('/', requireToken(verifier), sendSubject);
    app.get('/open', publicRoute, sendSubject);
    const answer = await get(app, preflight);
    expect(answer.status).toBe(status);
    const allowed = status === 204 ? 'https://app.example.com' : null;
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
  });
});

import express from 'express';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { assertEveryRouteIsGuarded, publicRoute, requireToken, tokenOf } from '../src/express.ts';
import { createVerifier } from '../src/index.ts';

const secret = '5f0c1f7e2b9d4a83c6e1d2f3b4a59687';

test('verifies a minimal token', async () => {
  const verifier = createVerifier({
    issuer: null,
    audience: null,
    typ: null,
    algorithms: ['HS256'],
    keys: { secret },
    requiredClaims: ['sub', 'id', 'exp'],
    defaultScopes: ['todo:read'],
  });
  const token = await new SignJWT({ sub: 'wangerge', id: 1, exp: Date.now() / 1000 + 60 })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
  const verified = verifier.verifySync(token);
  expect(verified.subject).toBe('wangerge');
  expect(verifier.verifySync(token)).toBe(verified);
  const app = express();
  app.get('/a', requireToken(verifier, { scope: 'todo:read' }), (req, res) => {
    res.json(tokenOf(req).claims);
  });
  app.get('/b', publicRoute, (_req, res) => void res.end('ok'));
  assertEveryRouteIsGuarded(app);
  app.get('/c', (_req, res) => void res.end('ok'));
  expect(() => assertEveryRouteIsGuarded(app)).toThrow('GET /c');
});

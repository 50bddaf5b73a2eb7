/** The server under load: one Express app, one route for each way of checking. */
import { createVerifier } from '@latchkey/jwt-verify';
import { requireToken } from '@latchkey/jwt-verify/express';
import express, { type RequestHandler } from 'express';
import { expressjwt } from 'express-jwt';
import { auth } from 'express-oauth2-jwt-bearer';
import { createVerifier as createFastVerifier } from 'fast-jwt';
import { importSPKI, jwtVerify } from 'jose';
import { AUDIENCE, ISSUER } from './bench-tokens.ts';

const { jwk, pem } = JSON.parse(process.argv[2] ?? '') as { jwk: object; pem: string };
const body = { text: 'x'.repeat(1000) };
const app = express().disable('x-powered-by');
const answer: RequestHandler = (_request, response) => void response.json(body);
const setAuth = (request: express.Request, claims: unknown): void => {
  (request as unknown as { auth: unknown }).auth = claims;
};
const bearer = (request: express.Request): string => (request.headers.authorization ?? '').slice(7);

const verifier = createVerifier({
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  keys: { jwks: { keys: [jwk] } },
});

const fast = createFastVerifier({
  key: pem,
  algorithms: ['ES256'],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  cache: 10_000,
});
const fastJwt: RequestHandler = (request, _response, next) => {
  setAuth(request, fast(bearer(request)));
  next();
};

const key = await importSPKI(pem, 'ES256');
const known = new Map<string, { exp?: number }>();
const joseCached: RequestHandler = async (request, _response, next) => {
  const token = bearer(request);
  let claims = known.get(token);
  if (claims === undefined || (claims.exp ?? 0) * 1000 <= Date.now()) {
    claims = (await jwtVerify(token, key, { issuer: ISSUER, audience: AUDIENCE })).payload;
    known.set(token, claims);
  }
  setAuth(request, claims);
  next();
};

/** As little as a guard can do by hand: a Map from the token's text to its claims. */
const floor: RequestHandler = (request, _response, next) => {
  const token = bearer(request);
  let claims = known.get(token);
  if (claims === undefined) {
    claims = fast(token) as { exp?: number };
    known.set(token, claims);
  }
  if ((claims.exp ?? 0) * 1000 <= Date.now()) return next(new Error('expired'));
  setAuth(request, claims);
  next();
};

app.get('/bare', answer);
app.get('/jwt-verify', requireToken(verifier, { scope: 'todo:read' }), answer);
app.get('/hand-made-floor', floor, answer);
app.get('/fast-jwt-cache', fastJwt, answer);
app.get('/jose-hand-made-cache', joseCached, answer);
app.get(
  '/express-jwt',
  expressjwt({ secret: pem, algorithms: ['ES256'], issuer: ISSUER, audience: AUDIENCE }),
  answer,
);
app.get(
  '/express-oauth2-jwt-bearer',
  auth({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: `${process.argv[3]}`,
    tokenSigningAlg: 'ES256',
  }),
  answer,
);

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit(0));

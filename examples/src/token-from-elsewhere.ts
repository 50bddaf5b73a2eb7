/** Tokens that are not in `Authorization`: a proxy's header, a cookie, a link; and a guard of your own. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createVerifier, TokenError } from '@latchkey/jwt-verify';
import {
  assertEveryRouteIsGuarded,
  defineGuard,
  requireToken,
  tokenOf,
} from '@latchkey/jwt-verify/express';
import { answerProblem } from '@latchkey/jwt-verify/node';
import { parseCookie } from 'cookie';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';

const { ISSUER = 'http://localhost:8080', PORT = '3000', METRICS_KEY = '' } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  audience: 'todo-service',
  algorithms: ['ES256'],
});

const expressProblems: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent || !TokenError.is(error)) next(error);
  else answerProblem(res, error);
};

const tokenFromCloudflare = ({ headers }: IncomingMessage) => headers['cf-access-jwt-assertion'];

const tokenFromCookie = ({ headers }: IncomingMessage) =>
  parseCookie(headers.cookie ?? '')['__Host-token'];

/** A link that is opened once. Its token ends up in logs and histories: let it live for minutes. */
const tokenFromLink = ({ query }: Request) => query.token as string | undefined;

/** A browser adds the cookie to requests that other sites cause, too: refuse those. */
const sameOriginOnly: RequestHandler = ({ headers }, res, next) => {
  if (headers['sec-fetch-site'] === 'same-origin') next();
  else res.status(403).json({ title: 'Forbidden', status: 403, detail: 'Not from this site.' });
};

/** For a caller without a login; `assertEveryRouteIsGuarded` knows it by `defineGuard`. */
const requireMetricsKey = defineGuard(({ headers }, res: Response, next) => {
  const given = Buffer.from(String(headers['x-metrics-key']));
  const wanted = Buffer.from(METRICS_KEY);
  const fits = wanted.length >= 32 && given.length === wanted.length;
  if (fits && timingSafeEqual(given, wanted)) next();
  else res.status(401).set('WWW-Authenticate', 'Metrics-Key').end();
});

const scope = 'todo:read';
const answerSubject: RequestHandler = (req, res) => {
  res.json({ subject: tokenOf(req).subject });
};

const app = express();
app.get(
  '/proxied',
  requireToken(verifier, { scope, tokenFrom: tokenFromCloudflare }),
  answerSubject,
);
app.get(
  '/page',
  requireToken(verifier, { scope, tokenFrom: tokenFromCookie }),
  sameOriginOnly,
  answerSubject,
);
app.get('/link', requireToken(verifier, { scope, tokenFrom: tokenFromLink }), answerSubject);
app.get('/metrics', requireMetricsKey, (_req, res) => {
  res.type('text').send('requests_total 0\n');
});
app.use(expressProblems);
assertEveryRouteIsGuarded(app);

await verifier.ready(); // the issuer may start up to 30 seconds later
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once('SIGTERM', () => {
  server.close();
  verifier.close();
});

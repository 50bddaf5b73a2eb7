/** An Express 5 service behind the login. */
import { createVerifier, TokenError } from '@latchkey/jwt-verify';
import {
  assertEveryRouteIsGuarded,
  publicRoute,
  requireToken,
  tokenOf,
} from '@latchkey/jwt-verify/express';
import { answerProblem } from '@latchkey/jwt-verify/node';
import express, { type ErrorRequestHandler } from 'express';

const { ISSUER = 'http://localhost:8080', PORT = '3000' } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  audience: 'todo-service',
  algorithms: ['ES256'],
});

const expressProblems: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent || !TokenError.is(error)) next(error);
  else answerProblem(res, error);
};

const app = express();
app.get('/', publicRoute, (_req, res) => {
  res.send('Hello');
});
app.get('/me', requireToken(verifier, { scope: 'todo:read' }), (req, res) => {
  const { subject, roles } = tokenOf(req);
  res.json({ subject, roles });
});
app.post('/echo', requireToken(verifier, { scope: 'todo:write' }), express.json(), (req, res) => {
  res.json(req.body);
});
app.use(expressProblems);
assertEveryRouteIsGuarded(app);

await verifier.ready(); // the issuer may start up to 30 seconds later
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once('SIGTERM', () => {
  server.close();
  verifier.close();
});

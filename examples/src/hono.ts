/** A Hono service on Node behind the login. */
import { serve } from '@hono/node-server';
import {
  type AccessTokenClaims,
  createVerifier,
  type VerifiedToken,
  type Verifier,
} from '@latchkey/jwt-verify';
import { authenticateRequest, type GuardOptions, toResponse } from '@latchkey/jwt-verify/fetch';
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';

const { ISSUER = 'http://localhost:8080', PORT = '3000' } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  audience: 'todo-service',
  algorithms: ['ES256'],
});

const honoRequireToken = (
  verifier: Verifier,
  options: GuardOptions<AccessTokenClaims, Request> = {},
) =>
  createMiddleware<{ Variables: { token: VerifiedToken } }>(async (c, next) => {
    try {
      c.set('token', await authenticateRequest(verifier, c.req.raw, options));
    } catch (error) {
      return toResponse(error); // throws on what is not a TokenError
    }
    await next();
  });

const app = new Hono();
app.get('/', (c) => c.text('Hello'));
app.get('/me', honoRequireToken(verifier, { scope: 'todo:read' }), (c) => {
  const { subject, roles } = c.get('token');
  return c.json({ subject, roles });
});

await verifier.ready(); // the issuer may start up to 30 seconds later
const server = serve({ fetch: app.fetch, port: Number(PORT) }, () =>
  console.log(`http://localhost:${PORT}`),
);
process.once('SIGTERM', () => {
  server.close();
  verifier.close();
});

/** A Fastify service behind the login. */
import { createVerifier } from '@latchkey/jwt-verify';
import { requireToken, tokenOf } from '@latchkey/jwt-verify/fastify';
import fastify from 'fastify';

const { ISSUER = 'http://localhost:8080', PORT = '3000' } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  audience: 'todo-service',
  algorithms: ['ES256'],
});

const app = fastify();
app.get('/', async () => 'Hello');
// Routes of this scope are guarded, those added later too.
app.register(async (guarded) => {
  guarded.addHook('onRequest', requireToken(verifier, { scope: 'todo:read' }));
  guarded.get('/me', async (request) => {
    const { subject, roles } = tokenOf(request);
    return { subject, roles };
  });
});
app.addHook('onClose', async () => verifier.close());

await verifier.ready(); // the issuer may start up to 30 seconds later
await app.listen({ port: Number(PORT) });
console.log(`http://localhost:${PORT}`);
process.once('SIGTERM', () => app.close());

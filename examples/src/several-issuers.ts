/** A service for people of two issuers: this login, and a Keycloak realm for the staff. */
import { createServer } from 'node:http';
import { createVerifier } from '@latchkey/jwt-verify';
import { withToken } from '@latchkey/jwt-verify/node';

const {
  ISSUER = 'http://localhost:8080',
  STAFF_ISSUER = 'https://sso.example.com/realms/staff',
  PORT = '3000',
} = process.env;

// Each issuer has its own keys and rules: a token is judged by those of its `iss` alone.
const verifier = createVerifier({
  issuers: [
    { issuer: ISSUER, audience: 'todo-service', algorithms: ['ES256'] },
    {
      issuer: STAFF_ISSUER,
      audience: 'todo-service', // by an audience mapper of the realm
      algorithms: ['RS256'],
      typ: null, // Keycloak says JWT
      rolesClaim: ['realm_access', 'roles'],
    },
  ],
});

const server = createServer(
  withToken(verifier, (_request, response, { issuer, subject, roles }) => {
    // Both issuers may have an "ada": a person is issuer and subject together.
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ issuer, subject, roles }));
  }),
);

await verifier.ready(); // both issuers may start up to 30 seconds later
server.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once('SIGTERM', () => {
  server.close();
  verifier.close();
});

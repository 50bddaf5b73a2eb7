import { DERIVED, type DeployedServices } from './deployed-services.ts';

/** docker-compose.production.yml: what differs on a server. */
export function productionFile({ gateway, behind }: DeployedServices): string {
  const demos = behind.filter(({ demo }) => demo);
  return `${DERIVED}
# On top of docker-compose.yml, on a server behind TLS: see docs/deploy.md.
# Nothing is made up here: what is missing stops the start with one line that says what to set.

x-issuer: &issuer
  NODE_ENV: production
  ISSUER: \${ISSUER:?set ISSUER to the public https origin, e.g. https://login.example.com}

services:
  secrets:
    environment: *issuer
    volumes:
      - \${SECRETS_DIR:?set SECRETS_DIR to a folder that holds the secrets, see docs/deploy.md}:/run/given:ro
${[...behind, gateway].map(({ name }) => `  ${name}:\n    environment: *issuer`).join('\n')}
  # Demo people are for development.
${demos.map(({ name }) => `  ${name}-demo:\n    profiles: [development]`).join('\n')}
`;
}

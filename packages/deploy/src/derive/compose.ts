import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { SERVICE_FILES_DIR } from '../service-files-dir.ts';
import { databaseAnchor, demoOf, migrationsOf, secretsOf, serviceOf } from './compose-services.ts';
import { DERIVED, type DeployedServices, hasSecrets, SERVICE_FILES } from './deployed-services.ts';

/** docker-compose.yml: valid for `docker compose` and for docker-compose 1.29. */
export function composeFile(services: DeployedServices): string {
  const { issuer, gateway, behind } = services;
  const all = [...behind, gateway];
  const session = sessionParts(gateway);
  const withSecrets = all.filter(hasSecrets);
  const volumesOf = (rights: string) =>
    withSecrets
      .map(({ name }) => `      - ${name}-secrets:/run/secrets/${name}${rights}`)
      .join('\n');
  const image = `image: latchkey/${issuer.name}:\${TAG:-local}
    build: { context: ., args: { SERVICE: ${issuer.name} } }`;
  return `${DERIVED}
# The whole system in containers: \`docker compose up --build\`, then http://localhost:8080.
# This file alone is for development; docker-compose.production.yml goes on top of it on a server.

x-defaults: &defaults
  restart: unless-stopped
  security_opt: ["no-new-privileges:true"]
  logging:
    driver: json-file
    options: { max-size: 10m, max-file: "3" }

x-service: &service
  <<: *defaults
  read_only: true
  tmpfs: [/tmp]
  cap_drop: [ALL]
  mem_limit: 256m
  # Three seconds to be turned away from, ten for what is in flight, and some to spare.
  stop_grace_period: 20s

x-once: &once
  <<: *defaults
  restart: "no"
  read_only: true
  tmpfs: [/tmp]
  cap_drop: [ALL]
  mem_limit: 256m

x-environment: &environment
  NODE_ENV: development
  ISSUER: http://localhost:\${PORT:-8080}
  LOG_LEVEL: \${LOG_LEVEL:-info}
  DRAIN_DELAY_MS: "3000"

x-keys: &keys
  JWKS_URI: http://${issuer.name}:${issuer.port}/.well-known/jwks.json
  # Over the network \`services\`, which only these containers are on.
  JWKS_INSECURE_HTTP: "on"
  JWT_ALG: \${JWT_ALG:-ES256}

x-tokens: &tokens
  <<: *keys
  JWT_SECRET: \${JWT_SECRET:-}
  TOKEN_PROFILE: \${TOKEN_PROFILE:-standard}

services:
  # Makes the secrets at the first start and keeps them; each service mounts its own volume only.
  secrets:
    <<: *once
    ${image}
    user: "0:0"
    cap_add: [CHOWN, DAC_OVERRIDE]
    command: [node, /app/packages/deploy/src/make-secrets.ts]
    environment: { NODE_ENV: development, ISSUER: "http://localhost:\${PORT:-8080}" }
    network_mode: none
    volumes:
      - ./services:/run/services:ro
      - postgres-secrets:/run/secrets/postgres
${volumesOf('')}

  # Publishes the service.json files: the gateway and the issuer notice a new set without a restart.
  service-files:
    <<: *once
    ${image}
    user: "0:0"
    cap_add: [DAC_READ_SEARCH]
    command: [node, /app/packages/deploy/src/publish-services.ts]
    network_mode: none
    volumes:
      - ./services:/run/services:ro
      - service-files:/run/service-files
    depends_on:
      secrets: { condition: service_completed_successfully }

  postgres:
    <<: *defaults
    image: postgres:18-bookworm
    environment: { POSTGRES_PASSWORD_FILE: /run/secrets/postgres/password }
    mem_limit: 1g
    shm_size: 256m
    stop_grace_period: 60s
    networks: [databases]
    volumes:
      - postgres-data:/var/lib/postgresql
      - postgres-secrets:/run/secrets/postgres:ro
    healthcheck:
      # By address: while it sets itself up, the server listens on a local socket only.
      test: [CMD, pg_isready, -q, -h, 127.0.0.1, -U, postgres]
      interval: 2s
      timeout: 3s
      retries: 30
    depends_on:
      secrets: { condition: service_completed_successfully }

  # A database and a role for each service; no role can connect to another's database.
  databases:
    <<: *once
    ${image}
    user: "0:0"
    cap_add: [DAC_READ_SEARCH]
    command: [node, /app/packages/deploy/src/make-databases.ts]
    networks: [databases]
    volumes:
      - ${SERVICE_FILES}
      - postgres-secrets:/run/secrets/postgres:ro
${volumesOf(':ro')}
    depends_on:
      postgres: { condition: service_healthy }
      service-files: { condition: service_completed_successfully }

${all
  .filter(({ database }) => database)
  .map(migrationsOf)
  .join('\n')}
${behind.map((service) => serviceOf(service, services)).join('\n')}
  ${gateway.name}:
    <<: *service
    image: latchkey/${gateway.name}:\${TAG:-local}
    build: { context: ., args: { SERVICE: ${gateway.name} } }
    environment:
      <<: [*environment, *keys${session.anchor}]
${session.environment}      SERVICES_DIR: ${SERVICE_FILES_DIR}
      UPSTREAM_HOST: "{name}"
      REVOCATION_CHECK: \${REVOCATION_CHECK:-off}
      TRUSTED_PROXIES: \${TRUSTED_PROXIES:-}
      CORS_ORIGINS: \${CORS_ORIGINS:-}
    networks: [public, services${session.network}]
    ports: ["\${PORT:-8080}:${gateway.port}"]
    volumes: ["${SERVICE_FILES}"${session.volume}]
    depends_on:
${session.dependency}      # Of the others nothing is said here: one that joins must not restart the public port.
      ${issuer.name}: { condition: service_healthy }

  # Demo people, then what is theirs; in development only.
${behind
  .filter(({ demo }) => demo)
  .map((service) => demoOf(service, services))
  .join('\n')}
networks:
  public: {}
  # No way in or out: what is not the gateway is reached through it.
  services: { internal: true }
  databases: { internal: true }
  # A way out, and none in: of these containers the issuer alone is on it.
  outbound: {}

volumes:
  postgres-data: {}
  postgres-secrets: {}
  service-files: {}
${withSecrets.map(({ name }) => `  ${name}-secrets: {}`).join('\n')}
`;
}

/** What a gateway that has browser sessions needs besides. */
function sessionParts(gateway: ServiceJson) {
  const { name } = gateway;
  if (!hasSecrets(gateway)) {
    return { anchor: '', environment: '', network: '', volume: '', dependency: '' };
  }
  return {
    anchor: `, *${databaseAnchor(gateway)}`,
    environment: `      CLIENT_KEY_FILE: /run/secrets/${name}/client-key
      TOKEN_PROFILE: \${TOKEN_PROFILE:-standard}
`,
    network: ', databases',
    volume: `, "${secretsOf(gateway)}"`,
    dependency: `      ${name}-migrations: { condition: service_completed_successfully }
`,
  };
}

import { calledServices } from '@latchkey/service-kit/joining/called-services';
import { demoStageOf } from '@latchkey/service-kit/joining/roles';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { urlVariableOf } from '@latchkey/service-kit/joining/start-members';
import { SERVICE_FILES_DIR } from '../service-files-dir.ts';
import { type DeployedServices, hasSecrets, SERVICE_FILES } from './deployed-services.ts';

const APPLY_MIGRATIONS = ['node', '/app/packages/deploy/src/apply-migrations.ts'];

/** What the containers of one service start with. */
function head(service: ServiceJson, template: string): string {
  const { name, dockerfile } = service;
  const build = dockerfile
    ? `{ context: ./services/${name}, dockerfile: ${quoted(dockerfile)} }`
    : `{ context: ., args: { SERVICE: ${name} } }`;
  return lines(
    `<<: *${template}`,
    `image: latchkey/${name}:\${TAG:-local}`,
    `build: ${build}`,
    // The secrets' owner; the common image runs as it anyway.
    dockerfile && 'user: "1000:1000"',
  );
}

const volumes = (service: ServiceJson) =>
  hasSecrets(service) && `volumes: ["${secretsOf(service)}"]`;

export const secretsOf = ({ name }: ServiceJson) => `${name}-secrets:/run/secrets/${name}:ro`;

const networks = (...names: string[]) => `networks: [${names.join(', ')}]`;

/** Of the `.env` file; one that is empty counts as absent. */
const ISSUER_SETTINGS = [
  'CLIENT_ID_METADATA',
  'CLIENT_ID_METADATA_INTERNAL_HOSTS',
  'SMTP_URL',
  'MAIL_FROM',
  'IDENTITY_PROVIDER_ISSUER',
  'IDENTITY_PROVIDER_CLIENT_ID',
  'IDENTITY_PROVIDER_CLIENT_SECRET',
  'IDENTITY_PROVIDER_NAME',
  'ADMIN_ACR',
  'ADMIN_MAX_AUTH_AGE_SECONDS',
];

/** A program that is not ours reads its database's address from DATABASE_URL, not from a file. */
const run = (command: readonly string[], database: string | undefined) =>
  lines(
    database &&
      `entrypoint: [sh, -c, 'export DATABASE_URL="$$(cat "$$DATABASE_URL_FILE")"; exec "$$0" "$$@"']`,
    `command: ${flow(command)}`,
  );

/** Named by the first of a service's containers, for the others. */
export const databaseAnchor = ({ database }: ServiceJson) => `${database}-database`;

export function migrationsOf(service: ServiceJson): string {
  const { name, database, migrate } = service;
  return block(
    `${name}-migrations`,
    head(service, 'once'),
    migrate ? run(migrate, database) : `command: [${APPLY_MIGRATIONS.join(', ')}]`,
    `environment: &${databaseAnchor(service)} { DATABASE_URL_FILE: /run/secrets/${name}/database-url }`,
    networks('databases'),
    volumes(service),
    after({ databases: 'service_completed_successfully' }),
  );
}

export function serviceOf(service: ServiceJson, services: DeployedServices): string {
  const { name, port, audience = name, database, client, command, dockerfile } = service;
  const isIssuer = service === services.issuer;
  const anchors = ['environment', 'tokens'];
  if (database) anchors.push(databaseAnchor(service));
  const environment = [
    // What the common image has or its program reads from service.json.
    ...(command || dockerfile
      ? [`HOST: 0.0.0.0`, `PORT: "${port}"`, `AUDIENCE: ${quoted(audience)}`]
      : []),
    ...addressesOf(calledServices(service, services.behind)),
    ...(client ? [`CLIENT_KEY_FILE: /run/secrets/${name}/client-key`] : []),
    ...(isIssuer
      ? [
          `KEY_ENCRYPTION_KEY_FILE: /run/secrets/${name}/key-encryption-key`,
          `SERVICE_CLIENTS_FILE: /run/secrets/${name}/service-clients`,
          `SERVICES_DIR: ${SERVICE_FILES_DIR}`,
          '# Only the gateway reaches this service, over a network of private addresses.',
          'TRUSTED_PROXIES: uniquelocal',
          ...ISSUER_SETTINGS.map((variable) => `${variable}: \${${variable}:-}`),
        ]
      : []),
  ];
  return block(
    name,
    head(service, 'service'),
    command && run(command, database),
    `environment:\n  <<: [${anchors.map((anchor) => `*${anchor}`).join(', ')}]`,
    ...environment.map((line) => `  ${line}`),
    isIssuer && 'mem_limit: 512m',
    networks(
      'services',
      ...(database ? ['databases'] : []),
      // To the mail server, agents' metadata documents, the identity provider and clients' logout addresses.
      ...(isIssuer ? ['outbound'] : []),
    ),
    isIssuer
      ? lines('volumes:', `  - ${SERVICE_FILES}`, `  - ${secretsOf(service)}`)
      : volumes(service),
    after({
      [database ? `${name}-migrations` : 'service-files']: 'service_completed_successfully',
    }),
  );
}

/** The issuer's demo makes the people; the others sign in as them, each after those it builds on. */
export function demoOf(service: ServiceJson, { issuer, behind }: DeployedServices): string {
  const { name, database, demo } = service;
  const isIssuer = service === issuer;
  const stage = demoStageOf(service);
  const basis = behind.filter((other) => other.demo && demoStageOf(other) < stage);
  const asked = isIssuer ? [] : [service, ...calledServices(service, behind)];
  return block(
    `${name}-demo`,
    head(service, 'once'),
    `command: ${flow(['node', demo as string])}`,
    'environment:',
    database && `  <<: *${databaseAnchor(service)}`,
    ...addressesOf(asked).map((line) => `  ${line}`),
    '  NODE_ENV: development',
    `  TOKEN_PROFILE: \${TOKEN_PROFILE:-standard}`,
    networks(...(isIssuer ? [] : ['services']), ...(database ? ['databases'] : [])),
    volumes(service),
    after(
      isIssuer
        ? { [`${name}-migrations`]: 'service_completed_successfully' }
        : {
            ...Object.fromEntries(
              basis.map((other) => [`${other.name}-demo`, 'service_completed_successfully']),
            ),
            [issuer.name]: 'service_healthy',
            [name]: 'service_healthy',
          },
    ),
  );
}

/** Of the services behind the gateway; it is the only container that reaches any other. */
const addressesOf = (services: readonly ServiceJson[]) =>
  services.map(({ name, port }) => `${urlVariableOf(name)}: http://${name}:${port}`);

const after = (conditions: Record<string, string>) =>
  lines(
    'depends_on:',
    ...Object.entries(conditions).map(
      ([name, condition]) => `  ${name}: { condition: ${condition} }`,
    ),
  );

const block = (name: string, ...parts: (string | false | undefined)[]) =>
  `  ${name}:\n${lines(...parts).replaceAll(/^/gm, '    ')}\n`;

const lines = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join('\n');

/** As YAML reads it, with nothing that compose would replace. */
const quoted = (text: string) => JSON.stringify(text.replaceAll('$', '$$$$'));

const flow = (words: readonly string[]) => `[${words.map(quoted).join(', ')}]`;

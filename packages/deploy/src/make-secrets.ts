/**
 * Puts each service's secrets into that service's own volume, before anything else starts.
 * In development they are made at the first start and kept; otherwise they are given as files.
 */
import { chmodSync, chownSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownDatabaseUrl } from '@latchkey/database/provision';
import { hasClientKey, isIssuer } from '@latchkey/service-kit/joining/roles';
import { readServices, type ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { readSecretFile } from '@latchkey/service-kit/process/config';
import { clientKeyFrom, publicKeySets } from './client-keys.ts';
import { makeSecret, writeSecret } from './secret-text.ts';

/** The `services` folder of the clone. */
const SERVICES = '/run/services';
const VOLUMES = '/run/secrets';
const GIVEN = '/run/given';
/** Says that what is in the volumes was made here and is for development only. */
const MADE_HERE = 'postgres/development';
/** The user `node` of the images. */
const SERVICE_USER = 1000;

interface Secret {
  /** Below /run/secrets: a volume and a file in it. */
  path: string;
  /** The file of SECRETS_DIR that gives it in production. */
  given: string;
  pattern: RegExp;
  mustBe: string;
  /** The text of the file, from the secret; the secret itself when absent. */
  contentOf?: (secret: string) => string;
}

const password = { pattern: /^[\x21-\x7e]{24,}$/, mustBe: 'a password of 24 characters or more' };
const hexKey = { pattern: /^[0-9a-f]{64}$/i, mustBe: '64 hex digits' };

const production = process.env.NODE_ENV !== 'development';
const services = readServices(SERVICES);
const issuers = services.filter(isIssuer);
const clients = services.filter(hasClientKey);

const secrets: Secret[] = [
  // The last to be written: until it is there, a start counts as the first.
  ...services.flatMap(databaseOf),
  ...issuers.map(({ name }) => {
    return { path: `${name}/key-encryption-key`, given: 'key-encryption-key', ...hexKey };
  }),
  ...clients.map(clientKeyOf),
  { path: 'postgres/password', given: 'postgres-password', ...password },
];

function databaseOf({ name, database }: ServiceJson): Secret[] {
  if (!database) return [];
  const contentOf = (secret: string) =>
    ownDatabaseUrl('postgresql://postgres:5432', database, secret);
  const given = `${database}-database-password`;
  return [{ path: `${name}/database-url`, given, ...password, contentOf }];
}

function clientKeyOf({ name }: ServiceJson): Secret {
  const contentOf = (seed: string) => clientKeyFrom(seed, name);
  return { path: `${name}/client-key`, given: 'client-key-seed', ...hexKey, contentOf };
}

const isThere = (path: string) => existsSync(join(VOLUMES, path));

function write(path: string, text: string): void {
  writeSecret(join(VOLUMES, path), text, (draft) => {
    // PostgreSQL's user has no fixed number; only its own container mounts that volume.
    const isForPostgres = path.startsWith('postgres/');
    chmodSync(draft, isForPostgres ? 0o444 : 0o400);
    if (!isForPostgres) chownSync(draft, SERVICE_USER, SERVICE_USER);
  });
}

function findProblems(): string[] {
  if (!production) {
    if (!isThere('postgres/password') || isThere(MADE_HERE)) return [];
    return ['COMPOSE_FILE: add docker-compose.production.yml: this is production data'];
  }
  const problems = new Set<string>();
  const { ISSUER = '' } = process.env;
  if (!ISSUER.startsWith('https:') || !URL.canParse(ISSUER) || new URL(ISSUER).origin !== ISSUER) {
    problems.add('ISSUER: set it to the public https origin, e.g. https://login.example.com');
  }
  if (isThere(MADE_HERE)) {
    problems.add('COMPOSE_PROJECT_NAME: set another one: this data has development secrets');
  }
  for (const { given, pattern, mustBe } of secrets) {
    if (pattern.test(secretGiven(given))) continue;
    problems.add(`SECRETS_DIR: its file ${given} must hold ${mustBe}: openssl rand -hex 32`);
  }
  return [...problems];
}

function secretGiven(name: string): string {
  const path = join(GIVEN, name);
  return existsSync(path) ? readSecretFile(path) : '';
}

const problems = findProblems();
if (problems.length > 0) {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exit(78);
}
if (!production && !isThere(MADE_HERE)) write(MADE_HERE, 'made here');
for (const { path, given, contentOf = (secret: string) => secret } of secrets) {
  if (!production && isThere(path)) continue;
  const secret = production ? secretGiven(given) : makeSecret();
  write(path, contentOf(secret));
}
const clientKeys = clients.map(
  ({ name }) => [name, readSecretFile(join(VOLUMES, name, 'client-key'))] as const,
);
for (const { name } of issuers) {
  write(`${name}/service-clients`, publicKeySets(new Map(clientKeys)));
}
process.stdout.write(`secrets: ${production ? 'as given' : 'made here, for development'}\n`);

/**
 * Puts each service's secrets into that service's own volume, before anything else starts.
 * In development they are made at the first start and kept; in production they are given as files.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  readServices,
  type ServiceJson,
} from '../packages/service-kit/src/joining/service-json.ts';
import { clientKeyFrom, publicKeySet } from './client-keys.ts';
import { readSecret, writeSecret } from './secret-files.ts';

const VOLUMES = '/run/secrets';
const GIVEN = '/run/given';
/** Says that what is in the volumes was made here and is for development only. */
const MADE_HERE = 'postgres/development';

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

const production = process.env.NODE_ENV === 'production';
const services = readServices('/app/services');
const issuers = services.filter(({ routes }) => routes.includes('/.well-known'));

const secrets: Secret[] = [
  // The last to be written: until it is there, a start counts as the first.
  ...services.flatMap(databaseOf),
  ...issuers.map(({ name }) => {
    return { path: `${name}/key-encryption-key`, given: 'key-encryption-key', ...hexKey };
  }),
  ...services.filter(({ client }) => client).map(clientKeyOf),
  { path: 'postgres/password', given: 'postgres-password', ...password },
];

function databaseOf({ name, database }: ServiceJson): Secret[] {
  if (!database) return [];
  const contentOf = (secret: string) =>
    `postgresql://${database}:${encodeURIComponent(secret)}@postgres:5432/${database}`;
  const given = `${database}-database-password`;
  return [{ path: `${name}/database-url`, given, ...password, contentOf }];
}

function clientKeyOf({ name }: ServiceJson): Secret {
  const contentOf = (seed: string) => clientKeyFrom(seed, name);
  return { path: `${name}/client-key`, given: 'client-key-seed', ...hexKey, contentOf };
}

const isThere = (path: string) => existsSync(join(VOLUMES, path));

function findProblems(): string[] {
  if (!production) {
    if (!isThere('postgres/password') || isThere(MADE_HERE)) return [];
    return ['COMPOSE_FILE: add docker-compose.production.yml, for this data is of production'];
  }
  const problems = new Set<string>();
  const { ISSUER = '' } = process.env;
  if (!ISSUER.startsWith('https:') || !URL.canParse(ISSUER) || new URL(ISSUER).origin !== ISSUER) {
    problems.add('ISSUER: set it to the public https origin, e.g. https://login.example.com');
  }
  if (isThere(MADE_HERE)) {
    problems.add('COMPOSE_PROJECT_NAME: set another one, for this data has development secrets');
  }
  for (const { given, pattern, mustBe } of secrets) {
    if (pattern.test(secretGiven(given))) continue;
    problems.add(`SECRETS_DIR: its file ${given} must hold ${mustBe}: openssl rand -hex 32`);
  }
  return [...problems];
}

function secretGiven(name: string): string {
  const path = join(GIVEN, name);
  return existsSync(path) ? readSecret(path) : '';
}

const problems = findProblems();
if (problems.length > 0) {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exit(78);
}
if (!production && !isThere(MADE_HERE)) writeSecret(join(VOLUMES, MADE_HERE), 'made here');
for (const { path, given, contentOf = (secret: string) => secret } of secrets) {
  if (!production && isThere(path)) continue;
  const secret = production ? secretGiven(given) : randomBytes(32).toString('hex');
  writeSecret(join(VOLUMES, path), contentOf(secret));
}
const clientKeys = services
  .filter(({ client }) => client)
  .map(({ name }) => {
    return [name, publicKeySet(readSecret(join(VOLUMES, name, 'client-key')))] as const;
  });
for (const { name } of issuers) {
  const text = JSON.stringify(Object.fromEntries(clientKeys));
  writeSecret(join(VOLUMES, name, 'service-clients'), text);
}
process.stdout.write(`secrets: ${production ? 'as given' : 'made here, for development'}\n`);

import { readServices, type ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Log } from '@latchkey/service-kit/process/log';
import type { Pool } from 'pg';
import { registerServiceClients } from './clients/service-clients.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import type { KeyAlgorithm } from './keys/key-material.ts';
import { keyOperations } from './keys/key-operations.ts';
import { openKeyRing } from './keys/key-ring.ts';
import { ownVerifier } from './keys/own-verifier.ts';
import { keyRingSigner, sharedSecretSigner, type TokenSigner } from './keys/token-signer.ts';
import { createLimits } from './limits/limits.ts';
import { createPasswordHasher } from './passwords/password-hasher.ts';
import { scopeCatalog } from './scopes/scope-catalog.ts';

interface Parts {
  config: Config;
  service: ServiceJson;
  db: Database;
  pool: Pool;
  log: Log;
  now: () => number;
}

/** What the app is made of, put together from a configuration; the same in `main` and in tests. */
export async function assemble({ config, service, db, pool, log, now }: Parts) {
  const { tokens } = config;
  const services = readServices(config.servicesDir);
  const catalog = scopeCatalog(services);
  const keys = await openKeys({ config, db, log, now });
  await registerServiceClients({ db, log, services, keys: config.serviceClients });
  const verifierFor = (audience: string | readonly string[]) =>
    ownVerifier(tokens, keys?.ring, { audience, defaultScopes: personalScopes(service), now });
  return {
    service,
    log,
    db,
    pool,
    now,
    issuer: tokens.issuer,
    settings: config.grants,
    trustedProxies: config.trustedProxies,
    usernames: config.usernames,
    hasher: await createPasswordHasher(config.hasher),
    limits: createLimits(pool, config.limits),
    catalog,
    keys,
    signer: signerFor(config, keys),
    verifier: verifierFor(service.audience ?? service.name),
    subjectVerifier: verifierFor([...catalog.audiences]),
  };
}

async function openKeys({ config, db, log, now }: Omit<Parts, 'service' | 'pool'>) {
  if (!config.keys) return undefined;
  const { policy, encryption, pollMs } = config.keys;
  const operations = keyOperations({ db, encryption, policy, now });
  const ring = await openKeyRing({ db, keys: operations, encryption, log, pollMs });
  return { operations, ring };
}

type Keys = Awaited<ReturnType<typeof openKeys>>;

function signerFor({ tokens, keys: keyConfig }: Config, keys: Keys): TokenSigner {
  if (tokens.mode === 'shared-secret') return sharedSecretSigner(tokens.secret, tokens.profile);
  if (!keys || !keyConfig) throw new Error('public-key mode without keys');
  return keyRingSigner(keys.ring, keyConfig.policy.algorithm satisfies KeyAlgorithm);
}

/** A token that names no scopes may do here what any person may, never what an admin may. */
const personalScopes = ({ scopes }: ServiceJson) =>
  Object.keys(scopes).filter((scope) => scope !== 'admin');

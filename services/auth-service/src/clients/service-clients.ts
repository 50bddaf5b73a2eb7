import { isDatabaseAway } from '@latchkey/database/client';
import type { Log } from '@latchkey/service-kit/log';
import { exactText } from '@latchkey/service-kit/schemas';
import type { ServiceJson } from '@latchkey/service-kit/service-json';
import { z } from 'zod';
import type { Database } from '../database.ts';
import { TOKEN_EXCHANGE } from '../tokens/token-request.ts';
import { saveClient } from './client-repository.ts';

const RETRY_MS = 2_000;

/** Unpadded, of a modulus of 8,192 bits at most. */
const base64url = z
  .string()
  .max(1_366, { abort: true })
  .regex(/^[\w-]+$/);

/** What it takes to check a signature (RFC 7517 §4, RFC 7518 §6.2, §6.3, RFC 8037 §2); all else is left out. */
export const publicJwk = z.object({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  alg: exactText({ max: 32 }),
  kid: exactText({ max: 256 }).optional(),
  use: exactText({ max: 32 }).optional(),
  key_ops: z
    .array(exactText({ max: 32 }))
    .max(10)
    .optional(),
  crv: exactText({ max: 32 }).optional(),
  x: base64url.optional(),
  y: base64url.optional(),
  n: base64url.optional(),
  e: base64url.optional(),
  d: z.never({ error: 'must not be given: public keys only' }).optional(),
});

/** Service name -> its JWK Set, as JSON text. */
export const serviceClientsText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON: service name -> JWK Set' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.object({ keys: z.array(publicJwk).min(1) })));

export type ServiceClientKeys = z.output<typeof serviceClientsText>;

interface Dependencies {
  db: Database;
  log: Log;
  services: readonly ServiceJson[];
  keys: ServiceClientKeys;
}

/**
 * Registers the services that act on people's behalf, each with the scopes that its `service.json`
 * asks for and the keys that the environment gives. A database that is away is waited for.
 */
export async function registerServiceClients(deps: Dependencies): Promise<void> {
  try {
    await saveServiceClients(deps);
  } catch (err) {
    if (!isDatabaseAway(err)) throw err;
    deps.log.warn({ err }, 'service clients not registered yet: the database is away');
    setTimeout(() => void registerServiceClients(deps), RETRY_MS).unref();
  }
}

async function saveServiceClients({ db, services, keys }: Dependencies): Promise<void> {
  for (const { name, audience = name, client } of services) {
    const jwks = keys[name];
    if (!client || !jwks) continue;
    await saveClient(db, {
      id: name,
      name,
      authentication: 'private_key_jwt',
      secretHash: null,
      jwks: jwks as object as { keys: [] },
      grantTypes: [TOKEN_EXCHANGE],
      scopes: client.scopes,
      redirectUris: [],
      firstParty: false,
      audience,
    });
  }
}

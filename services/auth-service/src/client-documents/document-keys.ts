import { z } from 'zod';
import { refusedDocument } from '../clients/document-error.ts';
import { publicJwks } from '../clients/public-jwks.ts';

const MAX_KEYS = 20;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS) });
type Jwk = z.output<typeof keySet>['keys'][number];

/**
 * Of a key set those that an assertion can be checked with. It may hold others, for encryption for
 * instance, and need not name each key's algorithm as a registration here does.
 *
 * @param algorithm `token_endpoint_auth_signing_alg`
 * @throws DocumentError
 */
export function usableKeys(json: unknown, algorithm: string | undefined): { keys: object[] } {
  const { data } = keySet.safeParse(json);
  if (!data) throw refusedDocument(`must be a JWK Set of at most ${MAX_KEYS} keys`);
  const keys = data.keys.flatMap((key) => {
    const named = { alg: algorithm ?? usualAlgorithm(key), ...key };
    const one = key.use === 'enc' ? undefined : publicJwks.safeParse({ keys: [named] }).data;
    return one?.keys ?? [];
  });
  if (keys.length === 0) throw refusedDocument('has no public key that can be used here');
  return { keys };
}

const usualAlgorithm = ({ kty }: Jwk): string =>
  kty === 'EC' ? 'ES256' : kty === 'OKP' ? 'EdDSA' : 'RS256';

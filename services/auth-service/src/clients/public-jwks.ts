import { unusableKeys } from '@latchkey/jwt-verify';
import { z } from 'zod';
import { ASSERTION_ALGORITHMS } from './client-authentication.ts';

const MAX_KEYS = 20;

/** What it takes to check a signature with a key (RFC 7518 §6.2, §6.3, RFC 8037 §2). */
const MEMBERS = { EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], RSA: ['n', 'e'] } as const;

const kid = z
  .string()
  .max(256)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be well-formed text');

/** Each key names its algorithm, so that no other is ever tried with it. */
const jwk = z.looseObject({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  alg: z.enum(ASSERTION_ALGORITHMS),
  kid: kid.optional(),
});
type Jwk = z.output<typeof jwk>;

/**
 * The public keys that a client signs its assertions with (RFC 7517 §5), judged as a verifier
 * judges those of an issuer: what it would not use is not taken in. Other members are left out.
 */
export const publicJwks = z.object({
  keys: z
    .array(jwk)
    .min(1)
    .max(MAX_KEYS)
    .superRefine((keys, context) => {
      for (const [index, reason] of faults(keys)) {
        context.addIssue({ code: 'custom', path: [index], message: `is of no use: ${reason}` });
      }
    })
    .transform((keys) => keys.map(withoutTheRest)),
});

/** Keys one by one, to say which is at fault; then together, for two that share a name. */
function faults(keys: readonly Jwk[]): [number, string][] {
  const reasonOf = (some: readonly Jwk[]) =>
    unusableKeys({ keys: some }, ASSERTION_ALGORITHMS)[0]?.reason;
  const alone = keys.flatMap((key, index): [number, string][] => {
    const reason = reasonOf([key]);
    return reason === undefined ? [] : [[index, reason]];
  });
  const shared = alone.length > 0 ? undefined : reasonOf(keys);
  return shared === undefined ? alone : [[keys.length - 1, shared]];
}

const withoutTheRest = (key: Jwk): Record<string, unknown> => ({
  kty: key.kty,
  alg: key.alg,
  ...(key.kid === undefined ? {} : { kid: key.kid }),
  ...Object.fromEntries(MEMBERS[key.kty].map((name) => [name, key[name]])),
});

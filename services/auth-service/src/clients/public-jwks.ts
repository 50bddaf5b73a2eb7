import { unusableKeys } from '@latchkey/jwt-verify';
import { z } from 'zod';
import { ASSERTION_ALGORITHMS } from './client-authentication.ts';

const MAX_KEYS = 20;

/** Each key names its algorithm, so that no other is ever tried with it. */
const jwk = z.looseObject({ kty: z.enum(['EC', 'OKP', 'RSA']), alg: z.enum(ASSERTION_ALGORITHMS) });

/**
 * The public keys that a client signs its assertions with (RFC 7517 §5), judged as a verifier
 * judges those of an issuer: what it would not use is not taken in.
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
    }),
});

/** Keys one by one, to say which is at fault; then together, for two that share a name. */
function faults(keys: readonly object[]): [number, string][] {
  const reasonOf = (some: readonly object[]) =>
    unusableKeys({ keys: some }, ASSERTION_ALGORITHMS)[0];
  const alone = keys.flatMap((key, index): [number, string][] => {
    const fault = reasonOf([key]);
    return fault ? [[index, fault.reason]] : [];
  });
  if (alone.length > 0) return alone;
  const fault = reasonOf(keys);
  const last = keys.length - 1;
  return fault ? [[last, fault.reason]] : [];
}

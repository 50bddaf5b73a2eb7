import { unusableKeys } from '@latchkey/jwt-verify';
import { exactText } from '@latchkey/service-kit/schemas';
import { z } from 'zod';
import { ASSERTION_ALGORITHMS } from './client-authentication.ts';

const MAX_KEYS = 20;

/** Unpadded, of a modulus of 8,192 bits at most. */
const base64url = z
  .string()
  .max(1_366, { abort: true })
  .regex(/^[\w-]+$/);

/**
 * What it takes to check a signature (RFC 7517 §4, RFC 7518 §6.2, §6.3, RFC 8037 §2). Each key names
 * its algorithm, so that no other is ever tried with it.
 */
const publicMembers = z.object({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  alg: z.enum(ASSERTION_ALGORITHMS),
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
});

/**
 * The public keys that a client signs its assertions with (RFC 7517 §5), judged as a verifier
 * judges those of an issuer: what it would not use is not taken in, and further members are left out.
 */
export const publicJwks = z.object({
  keys: z
    .array(publicMembers.loose())
    .min(1)
    .max(MAX_KEYS)
    .superRefine((keys, context) => {
      for (const [index, reason] of faults(keys)) {
        context.addIssue({ code: 'custom', path: [index], message: `is of no use: ${reason}` });
      }
    })
    .transform((keys) => keys.map((key) => publicMembers.parse(key))),
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

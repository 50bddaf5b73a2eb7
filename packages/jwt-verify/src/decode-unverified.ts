import { parseCompact } from './compact-token.ts';
import { DEFAULT_MAX_TOKEN_BYTES } from './defaults.ts';
import type { UnverifiedToken } from './token.ts';
import { refuseWith } from './token-error.ts';

/**
 * Decode a token without checking it, for logs and tools. Trust none of it: the sender can have
 * written anything into it.
 *
 * @param token a JWT in compact form (RFC 7515 §7.1), up to 8 KiB
 * @returns header and claims, marked as not verified
 * @throws a {@link TokenError}: `token_too_large`, `token_malformed`
 *
 * @example
 * ```ts
 * import { decodeUnverified } from '@latchkey/jwt-verify';
 *
 * const { claims } = decodeUnverified('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.AAAA');
 * console.log(claims['sub']); // anna
 * ```
 */
export const decodeUnverified = (token: string): UnverifiedToken => {
  const refuse = refuseWith({ realm: 'api' });
  const { header, claims } = parseCompact(token, DEFAULT_MAX_TOKEN_BYTES, refuse);
  return { verified: false, header, claims };
};

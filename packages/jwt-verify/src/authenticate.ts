import { bearerTokenOf } from './bearer.ts';
import { type Requirements, requirementsCheck } from './requirements.ts';
import type { VerifiedToken } from './token.ts';
import { refuseWith } from './token-error.ts';
import type { Verifier } from './verifier.ts';

/** Find, verify and weigh the token of one request; rejects with TokenError. */
export type Authenticate<Claims> = (
  rawHeaders: readonly string[],
  url?: string,
) => Promise<VerifiedToken<Claims>>;

export const authenticateWith = <Claims>(
  verifier: Verifier<Claims>,
  requirements: Requirements<Claims>,
): Authenticate<Claims> => {
  const refuse = refuseWith(verifier.challenge);
  const check = requirementsCheck(requirements, refuse);
  return async (rawHeaders, url) => {
    const token = bearerTokenOf(rawHeaders, url, refuse);
    if (token === undefined) throw refuse('token_missing');
    const verified = await verifier.verify(token);
    check?.(verified);
    return verified;
  };
};

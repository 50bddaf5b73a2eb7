import { requirementsCheck } from './requirements.ts';
import type { VerifiedToken } from './token.ts';
import { type Refuse, refuseWith } from './token-error.ts';
import { type GuardOptions, tokenFinder } from './token-from.ts';
import type { Verifier } from './verifier.ts';

/** Find, verify and weigh the token of one request; rejects with TokenError. */
export type Authenticate<Claims, Req> = (request: Req) => Promise<VerifiedToken<Claims>>;

export const authenticateWith = <Claims, Req>(
  verifier: Verifier<Claims>,
  options: GuardOptions<Claims, Req>,
  bearerTokenOf: (request: Req, refuse: Refuse) => string | undefined,
): Authenticate<Claims, Req> => {
  const refuse = refuseWith(verifier.challenge);
  const findToken = tokenFinder(options.tokenFrom, bearerTokenOf, refuse);
  const check = requirementsCheck(options, refuse);
  return async (request) => {
    const token = findToken(request);
    if (token === undefined) throw refuse('token_missing');
    const verified = await verifier.verify(token);
    await check?.(verified);
    return verified;
  };
};

import type { TokenErrorCode } from './error-table.ts';
import { reasonOf } from './reason.ts';
import type { VerifiedToken } from './token.ts';
import { TokenError } from './token-error.ts';
import type { Verifier } from './verifier.ts';

/** One step of verification, in the order in which they are taken. */
export interface ExplainedStep {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not reached';
  readonly note: string;
}

export interface Explanation {
  readonly steps: readonly ExplainedStep[];
  readonly token: VerifiedToken | undefined;
  readonly error: TokenError | undefined;
}

const STEPS: readonly (readonly [string, string, readonly TokenErrorCode[]])[] = [
  ['form', 'three segments of base64url, JSON inside', ['token_too_large', 'token_malformed']],
  ['issuer', 'iss is the one expected', ['issuer_mismatch']],
  ['extensions', 'nothing critical in the header', ['critical_extension']],
  ['algorithm', 'alg is one of those allowed', ['algorithm_not_allowed']],
  ['type', 'typ is the one expected', ['type_not_allowed']],
  ['claims', 'all there, each of its type', ['claim_missing', 'claim_invalid']],
  ['audience', 'aud holds the one expected', ['audience_mismatch']],
  ['time', 'after nbf, before exp', ['token_expired', 'token_not_yet_valid']],
  ['key', 'the issuer has the key', ['key_unknown', 'keys_unavailable']],
  ['signature', 'made with that key over these bytes', ['signature_invalid']],
];

/** Verify a token and say how far it came. */
export const explain = async (verifier: Verifier, token: string): Promise<Explanation> => {
  let error: TokenError | undefined;
  let verified: VerifiedToken | undefined;
  try {
    verified = await verifier.verify(token);
  } catch (thrown) {
    if (!(thrown instanceof TokenError)) throw thrown;
    error = thrown;
  }
  const { code } = error ?? {};
  // A missing iss fails at the issuer's step, though it has the code of a missing claim.
  const isIssuer = code === 'claim_missing' && error?.expected === 'iss';
  const failedAt =
    code === undefined
      ? STEPS.length
      : STEPS.findIndex(([name, , codes]) => (isIssuer ? name === 'issuer' : codes.includes(code)));
  const steps = STEPS.map(([name, note], at): ExplainedStep => {
    if (at < failedAt) return { name, outcome: 'passed', note };
    if (at > failedAt || error === undefined) return { name, outcome: 'not reached', note };
    return { name, outcome: 'failed', note: noteOf(error) };
  });
  return { steps, token: verified, error };
};

const noteOf = ({ message, expected, actual, cause }: TokenError): string => {
  const found = [
    ['expected', expected],
    ['came', actual],
    ['because', cause === undefined ? undefined : reasonOf(cause)],
  ];
  const parts = found.filter(([, value]) => value !== undefined);
  return [message, ...parts.map(([what, value]) => `${what} ${JSON.stringify(value)}`)].join('; ');
};

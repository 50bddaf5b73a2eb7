import { reasonOf } from './reason.ts';
import type { VerifiedToken } from './token.ts';
import { TokenError } from './token-error.ts';
import { stepOf, VERIFICATION_STEPS, type VerificationStep } from './verification-steps.ts';
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

const STEPS: readonly VerificationStep[] = VERIFICATION_STEPS.filter(({ by }) => by === 'verifier');

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
  const failed = error && stepOf(error.code, error.step);
  const failedAt = failed === undefined ? STEPS.length : STEPS.indexOf(failed);
  const steps = STEPS.flatMap((step, at): ExplainedStep[] => {
    const { name, passed } = step;
    if (error !== undefined && at === failedAt) {
      return [{ name, outcome: 'failed', note: noteOf(error) }];
    }
    // What only an option asks for is not known to have been taken.
    if (step.optional) return [];
    return [{ name, outcome: at < failedAt ? 'passed' : 'not reached', note: passed }];
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

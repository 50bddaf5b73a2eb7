export interface VerificationStep {
  readonly name: string;
  /** The guard's steps come before and after those of the verifier. */
  readonly by: 'guard' | 'verifier';
  /** Taken only where an option asks for it. */
  readonly optional: boolean;
  /** What holds once the step is passed. */
  readonly passed: string;
  /** The failures that end here; a code of several steps comes with the name of the one it is of. */
  readonly codes: readonly string[];
}

const guard = { by: 'guard', optional: false } as const;
const verifier = { by: 'verifier', optional: false } as const;

/**
 * The steps from a request to its handler, in the order in which they are taken: the first that
 * fails decides. `verifySync` is written out in this order, without a loop; a test holds it to it.
 */
export const VERIFICATION_STEPS = [
  {
    ...guard,
    name: 'credentials',
    passed: 'the request has one bearer token',
    codes: ['token_missing', 'credentials_repeated', 'credentials_malformed'],
  },
  {
    ...verifier,
    name: 'form',
    passed: 'three segments of base64url, JSON inside',
    codes: ['token_too_large', 'token_malformed'],
  },
  {
    ...verifier,
    name: 'issuer',
    passed: 'iss is the one expected',
    codes: ['claim_missing', 'issuer_mismatch'],
  },
  {
    ...verifier,
    name: 'extensions',
    passed: 'nothing critical in the header',
    codes: ['critical_extension'],
  },
  {
    ...verifier,
    name: 'algorithm',
    passed: 'alg is one of those allowed',
    codes: ['algorithm_not_allowed'],
  },
  {
    ...verifier,
    name: 'type',
    passed: 'typ is the one expected, kid a string',
    codes: ['token_malformed', 'type_not_allowed'],
  },
  {
    ...verifier,
    name: 'claims',
    passed: 'all there, each of its type',
    codes: ['claim_missing', 'claim_invalid'],
  },
  {
    ...verifier,
    name: 'audience',
    passed: 'aud holds the one expected',
    codes: ['claim_missing', 'claim_invalid', 'audience_mismatch'],
  },
  {
    ...verifier,
    name: 'time',
    passed: 'after nbf, before exp',
    codes: ['claim_missing', 'token_expired', 'token_not_yet_valid'],
  },
  {
    ...verifier,
    name: 'key',
    passed: 'the issuer has the key',
    codes: ['key_unknown', 'keys_unavailable'],
  },
  {
    ...verifier,
    name: 'signature',
    passed: 'made with that key over these bytes',
    codes: ['signature_invalid'],
  },
  {
    ...verifier,
    name: 'schema',
    optional: true,
    passed: 'the claims fit the schema',
    codes: ['claims_rejected'],
  },
  {
    ...verifier,
    name: 'revocation',
    optional: true,
    passed: 'the token was not revoked',
    codes: ['claim_invalid', 'token_revoked', 'revocation_unavailable'],
  },
  {
    ...guard,
    name: 'permissions',
    optional: true,
    passed: 'the token opens this route',
    codes: [
      'claim_missing',
      'revocation_unavailable',
      'scope_insufficient',
      'role_insufficient',
      'authentication_insufficient',
      'claims_insufficient',
    ],
  },
] as const satisfies readonly VerificationStep[];

type Step = (typeof VERIFICATION_STEPS)[number];

export type StepName = Step['name'];
export type StepCode = Step['codes'][number];

/** The step that a failure ended: the one it names, else the first that has its code. */
export const stepOf = (code: StepCode, named: StepName | undefined): Step =>
  VERIFICATION_STEPS.find(({ name, codes }) =>
    named === undefined ? (codes as readonly string[]).includes(code) : name === named,
  ) as Step;

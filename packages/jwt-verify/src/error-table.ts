import type { StepCode } from './verification-steps.ts';

/** What one failure means to the outside; the whole table is printed in docs/errors.md. */
export interface ErrorFacts {
  readonly status: 400 | 401 | 403 | 503;
  /** The error code of the challenge (RFC 6750 §3.1, RFC 9470 §3); absent when no credentials came. */
  readonly error?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication';
  /** Goes into `error_description` and into logs; fixed text, so it can hold no secret. */
  readonly description: string;
}

const malformed = (description: string): ErrorFacts => ({
  status: 400,
  error: 'invalid_request',
  description,
});
const refused = (description: string): ErrorFacts => ({
  status: 401,
  error: 'invalid_token',
  description,
});
const insufficient = (description: string): ErrorFacts => ({
  status: 403,
  error: 'insufficient_scope',
  description,
});
const ours = (description: string): ErrorFacts => ({ status: 503, description });

/** Every way in which a request can fail here: closed, and stable from one version to the next. */
export const ERROR_TABLE = {
  token_missing: { status: 401, description: 'No bearer token came with the request' },
  credentials_malformed: malformed('The credentials are not one bearer token'),
  credentials_repeated: malformed('More than one set of credentials came with the request'),
  token_too_large: refused('The token is larger than allowed'),
  token_malformed: refused('The token is not a JWT in compact form'),
  type_not_allowed: refused('The token is of another type'),
  algorithm_not_allowed: refused('The token uses an algorithm that is not allowed'),
  critical_extension: refused('The token demands an extension that is not supported'),
  issuer_mismatch: refused('The token comes from another issuer'),
  audience_mismatch: refused('The token is meant for another audience'),
  claim_missing: refused('The token lacks a required claim'),
  claim_invalid: refused('The token has a claim of the wrong form'),
  token_expired: refused('The token expired'),
  token_not_yet_valid: refused('The token is not valid yet'),
  key_unknown: refused('The token names no key of its issuer'),
  signature_invalid: refused('The signature of the token is wrong'),
  claims_rejected: refused('The claims of the token do not fit the schema'),
  token_revoked: refused('The token was revoked'),
  scope_insufficient: insufficient('The token lacks the scope that is needed here'),
  role_insufficient: insufficient('The token lacks the role that is needed here'),
  authentication_insufficient: {
    status: 401,
    error: 'insufficient_user_authentication',
    description: 'The sign-in behind the token is too old or too weak for this',
  },
  claims_insufficient: insufficient('The claims of the token do not suffice here'),
  keys_unavailable: ours('The keys of the issuer are unavailable'),
  revocation_unavailable: ours('Whether the token was revoked is unknown'),
} as const satisfies Record<StepCode, ErrorFacts>;

/** The stable names of all failures. */
export type TokenErrorCode = keyof typeof ERROR_TABLE;

const DETAILS = {
  400: 'The request must carry exactly one bearer token.',
  401: 'Could not validate user.',
  403: 'Not permitted.',
  503: 'Tokens cannot be checked at the moment. Try again later.',
} as const;

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  503: 'Service Unavailable',
} as const;

/** The public sentence for a code: the only text that may reach the person. */
export const detailOf = (code: TokenErrorCode): string => {
  if (code === 'token_missing') return 'Not authenticated';
  if (code === 'authentication_insufficient') return 'Sign in again to do this.';
  return DETAILS[ERROR_TABLE[code].status];
};

export const titleOf = (code: TokenErrorCode): string => TITLES[ERROR_TABLE[code].status];

import { ERROR_TABLE, type ErrorFacts, type TokenErrorCode } from './error-table.ts';

/** What the challenges of one verifier have in common. */
export interface ChallengeContext {
  readonly realm: string;
  readonly resourceMetadata?: string | undefined;
}

/** What the resource needs, so that the client can ask for a token that has it. */
export interface ChallengeNeeds {
  /** Separated by spaces (RFC 6750 §3). */
  readonly scope?: string | undefined;
  /** RFC 9470 §3. */
  readonly maxAuthAgeSeconds?: number | undefined;
  /** Separated by spaces (RFC 9470 §3). */
  readonly acrValues?: string | undefined;
}

// RFC 6750 §3: scope and error_description allow neither quotes nor backslashes nor controls.
const NOT_ALLOWED = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/gu;

const parameter = (name: string, value: string): string =>
  `${name}="${value.replace(NOT_ALLOWED, '')}"`;

/**
 * The WWW-Authenticate challenge of a failure (RFC 6750 §3, RFC 9470 §3), with `resource_metadata` where it is
 * configured (RFC 9728 §5.1). A failure of ours (503) has none.
 */
export const challengeOf = (
  code: TokenErrorCode,
  context: ChallengeContext,
  { scope, maxAuthAgeSeconds, acrValues }: ChallengeNeeds = {},
): string | undefined => {
  const { status, error, description }: ErrorFacts = ERROR_TABLE[code];
  if (status === 503) return undefined;
  const parameters = [parameter('realm', context.realm)];
  if (error !== undefined) {
    parameters.push(parameter('error', error), parameter('error_description', description));
  }
  if (maxAuthAgeSeconds !== undefined) {
    parameters.push(parameter('max_age', String(maxAuthAgeSeconds)));
  }
  if (acrValues !== undefined) parameters.push(parameter('acr_values', acrValues));
  if (scope !== undefined) parameters.push(parameter('scope', scope));
  if (context.resourceMetadata !== undefined) {
    parameters.push(parameter('resource_metadata', context.resourceMetadata));
  }
  return `Bearer ${parameters.join(', ')}`;
};

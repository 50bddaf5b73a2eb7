/**
 * Check access tokens in a Node service: strict, fast, no call back to the login server.
 *
 * @module
 */
export type { Algorithm } from './algorithms.ts';
export { createVerifier } from './create-verifier.ts';
export { decodeUnverified } from './decode-unverified.ts';
export { ERROR_TABLE, type ErrorFacts, type TokenErrorCode } from './error-table.ts';
export type { VerifierEvent } from './events.ts';
export type { JsonObject } from './json-object.ts';
export type { KeysState } from './key-source.ts';
export type {
  ClaimPath,
  IfPresent,
  InProcessKeysOptions,
  IssuerOptions,
  KeysOptions,
  ManyIssuersOptions,
  RemoteKeysOptions,
  RevocationOptions,
  SharedOptions,
  SingleIssuerOptions,
  TokenRules,
  VerifierOptions,
} from './options.ts';
export type { RevocationState } from './revocation/revocation-state.ts';
export type { StandardSchema } from './standard-schema.ts';
export type { AccessTokenClaims, UnverifiedToken, VerifiedToken } from './token.ts';
export { type Finding, KeysUnavailableError, type Problem, TokenError } from './token-error.ts';
export { type UnusableKey, unusableKeys } from './unusable-keys.ts';
export type { Verifier, VerifierStatus } from './verifier.ts';

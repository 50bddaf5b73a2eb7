import type { Verifier } from '@latchkey/jwt-verify';
import type { StandingOf } from '../access/standing.ts';
import type { Caller } from '../caller.ts';
import type { Client } from '../clients/client-repository.ts';
import type { Database } from '../database.ts';
import type { Limits } from '../limits/limits.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import { type AccessTokenSettings, type Grant, issueAccessToken } from './access-token.ts';
import type { TokenParameters } from './token-request.ts';

export interface TokenSettings {
  profile: 'standard' | 'minimal';
  passwordGrant: boolean;
  accessTokenSeconds: number;
  /** Unused for so long, a refresh token ends. */
  refreshTokenSeconds: number;
  /** So long after its first use it may be used again, if what it was exchanged for was not. */
  refreshRetrySeconds: number;
  /** A login ends, however often it is refreshed. */
  sessionSeconds: number;
}

export interface GrantDependencies {
  db: Database;
  issuer: string;
  settings: TokenSettings;
  signer: AccessTokenSettings['signer'];
  catalog: ScopeCatalog;
  hasher: PasswordHasher;
  limits: Limits;
  /** Of tokens for any service here: what may be exchanged. */
  subjectVerifier: Verifier;
  standingOf: StandingOf;
  now: () => number;
}

export interface GrantRequest {
  parameters: TokenParameters;
  client: Client;
  caller: Caller;
}

/** The body of a successful answer (RFC 6749 §5.1). */
export interface TokenAnswer {
  access_token: string;
  token_type: 'bearer';
  expires_in: number;
  scope: string;
  refresh_token?: string;
  /** RFC 8693 §2.2.1. */
  issued_token_type?: string;
}

export type GrantHandler = (deps: GrantDependencies, request: GrantRequest) => Promise<TokenAnswer>;

export function toAnswer(deps: GrantDependencies, grant: Grant): TokenAnswer {
  const { issuer, settings, signer, now } = deps;
  const { profile, accessTokenSeconds } = settings;
  const issued = issueAccessToken({ issuer, profile, accessTokenSeconds, signer, now }, grant);
  return {
    access_token: issued.token,
    token_type: 'bearer',
    expires_in: issued.expiresInSeconds,
    scope: grant.scopes.join(' '),
  };
}

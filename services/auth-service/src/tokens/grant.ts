import type { Subject } from '../access/access-token.ts';
import type { Authentication } from '../access/assurance.ts';
import type { AuditEventType, AuditRecord } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import type { Client } from '../clients/client-repository.ts';
import type { SessionOpener } from '../sessions/session-repository.ts';
import type { Repositories } from '../store.ts';
import type { TokenParameters } from './token-request.ts';

export interface GrantRequest {
  parameters: TokenParameters;
  client: Client;
  caller: Caller;
}

/** What a grant proved; narrowing, committing and signing need nothing else of it. */
export interface ProvenGrant {
  subject: Subject;
  /** The token gets no scope beyond those that were granted before. Absent: nothing was. */
  wasGranted?: (scope: string) => boolean;
  /** For a request that names no scopes. Absent: all that need not be requested by name. */
  isDefault?: (scope: string) => boolean;
  /** Whether a session that it opens is to give, at a refresh, what a login would give then. */
  followsScopes?: boolean;
  /** Requested by name (RFC 8693 §2.1), besides those that `resource` leads to. */
  audiences?: readonly string[];
  session: SessionPlan;
  audit: {
    type: AuditEventType;
    actor: string;
    details?: (granted: GrantedScopes) => NonNullable<AuditRecord['details']>;
  };
  /** How the person signed in; sessions of older releases do not know it. */
  authentication?: Authentication | undefined;
  /** Who acts on the subject's behalf (RFC 8693 §4.1). */
  act?: object;
  /** Seconds since the epoch: the token expires no later. */
  notAfter?: number;
  /** RFC 8693 §2.2.1. */
  issuedTokenType?: string;
  /** The client asked who the person is, too (OpenID Connect Core §2). */
  identity?: {
    nonce: string | undefined;
    /** By scopes (OpenID Connect Core §5.4). */
    claims: object;
  };
}

export type SessionPlan =
  /** A login opens one, unless the account or its password changed since they were checked. */
  | {
      do: 'open';
      login: SessionOpener;
      /** Chosen ahead, to be found again; a new one if not given. */
      id?: string;
      /** Whether the client, if it may refresh at all, gets a refresh token; it does if not given. */
      withRefreshToken?: boolean;
    }
  /** A refresh goes on with its session, which is held. */
  | { do: 'continue'; session: { id: string; expiresAt: Date } }
  /** An exchanged token names the session of the token before it. */
  | {
      do: 'reuse';
      id: string;
      person: { id: number; roles: readonly string[] };
      /** The scopes of the token before it that these rest on. */
      basisOf: (granted: readonly string[]) => readonly string[];
    }
  /** A client that acts for itself has none. */
  | { do: 'without' };

export interface GrantedScopes {
  scopes: readonly string[];
  /** The services that the scopes belong to. */
  audiences: readonly string[];
}

/** The body of a successful answer (RFC 6749 §5.1). */
export interface TokenAnswer {
  access_token: string;
  token_type: 'bearer';
  expires_in: number;
  scope: string;
  refresh_token?: string;
  id_token?: string;
  /** RFC 8693 §2.2.1. */
  issued_token_type?: string;
}

/** Checks what the client presents. @throws OAuthProblem `invalid_grant` and others */
export type Prove = (request: GrantRequest) => Promise<ProvenGrant>;

/** From what was proven to the answer. */
export type Complete = (repositories: Repositories, proven: ProvenGrant) => Promise<TokenAnswer>;

/** Proves, then completes: in one transaction for a refresh, whose session is held in between. */
export type Redeem = (request: GrantRequest, complete: Complete) => Promise<TokenAnswer>;

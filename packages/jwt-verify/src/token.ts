import type { JsonObject } from './json-object.ts';

/** The claims of an access token (RFC 7519 §4.1, RFC 9068 §2.2); any others are `unknown`. */
export interface AccessTokenClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly client_id?: string;
  readonly scope?: string;
  readonly [name: string]: unknown;
}

export interface VerifiedTokenFields<Claims> {
  readonly token: string;
  readonly claims: Claims;
  readonly header: JsonObject;
  readonly issuer: string | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/**
 * A token that passed every check. Only a verifier makes one, and none of it can be changed, down
 * to the last member of its claims.
 */
export class VerifiedToken<Claims = AccessTokenClaims> {
  readonly #token: string;
  readonly claims: Claims & AccessTokenClaims;
  readonly header: JsonObject;
  /** The issuer whose keys and rules it passed; `null` where none is checked. */
  readonly issuer: string | null;
  /** `sub`; empty only where `sub` is not required. */
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Seconds since the epoch, as in `exp`. */
  readonly expiresAt: number;

  /** @internal */
  constructor(fields: VerifiedTokenFields<Claims & AccessTokenClaims>) {
    this.#token = fields.token;
    this.claims = fields.claims;
    this.header = fields.header;
    this.issuer = fields.issuer;
    this.subject = fields.claims.sub ?? '';
    this.scopes = fields.scopes;
    this.roles = fields.roles;
    this.expiresAt = fields.claims.exp;
    Object.freeze(this);
  }

  /** The raw text, to pass on. A getter, so that spreading or logging the object leaves it out. */
  get token(): string {
    return this.#token;
  }

  hasScope(scope: string): boolean {
    return this.scopes.includes(scope);
  }

  hasRole(role: string): boolean {
    return this.roles.includes(role);
  }
}

/** A token that was only taken apart: anybody can have written it. */
export interface UnverifiedToken {
  readonly verified: false;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

import { inspect } from 'node:util';
import { deepFreeze } from './deep-freeze.ts';
import type { JsonObject } from './json-object.ts';
import type { TokenStatus } from './revocation/token-status.ts';
import { type PermissionRules, rolesOf, scopesOf } from './token-claims.ts';

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
  /** As the issuer wrote it; `scopes` of the token understands its forms. */
  readonly scope?: unknown;
  readonly [name: string]: unknown;
}

export interface VerifiedTokenFields<Claims> {
  readonly token: string;
  readonly claims: Claims;
  readonly header: JsonObject;
  readonly issuer: string | null;
  readonly permissions: PermissionRules;
  readonly status: TokenStatus | undefined;
  readonly clock: TokenClock;
}

/** By which the age of a sign-in is judged. */
export interface TokenClock {
  readonly now: () => number;
  readonly clockToleranceMs: number;
}

// Registered, so that a guard of another copy of this package finds it.
const STATUS = Symbol.for('@latchkey/jwt-verify/status');
const CLOCK = Symbol.for('@latchkey/jwt-verify/clock');

/** The entry of a token in a status list; `undefined` without one, or where revocation is off. */
export const tokenStatusOf = (token: object): TokenStatus | undefined =>
  (token as { readonly [STATUS]?: TokenStatus })[STATUS];

/** The clock of the verifier that made a token, with the tolerance of its issuer. */
export const tokenClockOf = (token: object): TokenClock | undefined =>
  (token as { readonly [CLOCK]?: TokenClock })[CLOCK];

/**
 * A token that passed every check. Only a verifier makes one, and none of it can be changed, down
 * to the last member of its claims.
 */
export class VerifiedToken<Claims = AccessTokenClaims> {
  readonly #fields: VerifiedTokenFields<Claims & AccessTokenClaims>;
  #frozenClaims: (Claims & AccessTokenClaims) | undefined;
  #scopes: readonly string[] | undefined;
  #roles: readonly string[] | undefined;
  /**
   * The issuer whose keys and rules it passed, one tenant's where `iss` names a tenant; `null` where
   * none is checked.
   */
  readonly issuer: string | null;
  /** `sub`; empty only where `sub` is not required. */
  readonly subject: string;
  /** Seconds since the epoch, as in `exp`. */
  readonly expiresAt: number;

  /** @internal */
  constructor(fields: VerifiedTokenFields<Claims & AccessTokenClaims>) {
    this.#fields = fields;
    this.issuer = fields.issuer;
    this.subject = fields.claims.sub ?? '';
    this.expiresAt = fields.claims.exp;
    Object.freeze(this);
  }

  static {
    const get = function (this: VerifiedToken) {
      return this.#fields.status;
    };
    Object.defineProperty(VerifiedToken.prototype, STATUS, { get });
    const getClock = function (this: VerifiedToken) {
      return this.#fields.clock;
    };
    Object.defineProperty(VerifiedToken.prototype, CLOCK, { get: getClock });
  }

  /** Frozen all the way down; on first sight, because most tokens are only looked at in part. */
  get claims(): Claims & AccessTokenClaims {
    this.#frozenClaims ??= deepFreeze(this.#fields.claims);
    return this.#frozenClaims;
  }

  get header(): JsonObject {
    return this.#fields.header;
  }

  /** Out of `scope` or `scp`, as text or as an array; `scope` wins where both are there. */
  get scopes(): readonly string[] {
    this.#scopes ??= scopesOf(this.#fields.claims, this.#fields.permissions);
    return this.#scopes;
  }

  /** Out of `roles`: one as text, an array of text, or of objects `{ value }` (RFC 7643 §2.4). */
  get roles(): readonly string[] {
    this.#roles ??= rolesOf(this.#fields.claims, this.#fields.permissions);
    return this.#roles;
  }

  /** The raw text, to pass on; in no spread, no JSON and no log of the object. */
  get token(): string {
    return this.#fields.token;
  }

  hasScope(scope: string): boolean {
    return this.scopes.includes(scope);
  }

  hasRole(role: string): boolean {
    return this.roles.includes(role);
  }

  /** Everything but the raw text. */
  toJSON(): object {
    const { claims, header, issuer, subject, scopes, roles, expiresAt } = this;
    return { claims, header, issuer, subject, scopes, roles, expiresAt };
  }

  [inspect.custom](): object {
    return this.toJSON();
  }
}

/** A token that was only decoded: anyone can have written it. */
export interface UnverifiedToken {
  readonly verified: false;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

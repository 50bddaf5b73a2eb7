import type { Algorithm } from './algorithms.ts';
import type { VerifierEvent } from './events.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { VerifiedToken } from './token.ts';

/**
 * For a claim that may be absent: where it is there, it must fit (RFC 7519 §4.1.3), in value and in
 * type.
 */
export interface IfPresent<Value> {
  /** What the claim must fit where the token has it. */
  readonly ifPresent: Value;
}

/** The name of a claim, or the path to one inside of another: `['realm_access', 'roles']`. */
export type ClaimPath = string | readonly string[];

/** Keys fetched from the issuer, kept fresh in the background. */
export interface RemoteKeysOptions {
  /**
   * Where the JWK Set is, when not where the issuer's metadata says: in containers the public
   * issuer and the internal address differ. `https:`, or `http:` on loopback.
   */
  readonly url?: string;
  /** Allow `http:` beyond loopback, for a private network. Default `false`. */
  readonly allowInsecureHttp?: boolean;
  /**
   * Age up to which keys are fresh (RFC 9111 §5.2.2.1). They are fetched again before it, in the
   * background. Default 300.
   */
  readonly maxAgeSeconds?: number;
  /**
   * How long past `maxAgeSeconds` the old keys are still used while fetching fails (RFC 5861 §4).
   * After that every token gets 503. Default 86400 less `maxAgeSeconds`, which is 86100: 24 h from the fetch.
   */
  readonly staleIfErrorSeconds?: number;
  /** Minimum time between two fetches for a `kid` that is not in the set. Default 10. */
  readonly cooldownSeconds?: number;
  /** Time limit of one fetch, body included. Default 5000. */
  readonly timeoutMs?: number;
  /** Size limit of one response. Default 262144. */
  readonly maxBytes?: number;
  /** A file that keeps the last set, so that a cold start works while the issuer is down. */
  readonly snapshotFile?: string;
}

/** Keys that this process holds and changes while it runs, as a login server does. */
export interface InProcessKeysOptions {
  /**
   * Returns the current JWK Set (RFC 7517 §5); called at each check, so it must be fast. A key that is
   * no longer in the set is refused at once, for tokens in the cache too. `undefined` (not known yet),
   * an exception and a set without a usable key are 503 with Retry-After. The same `keys` array means
   * that nothing changed: make a new array to change the keys.
   */
  readonly current: () => { readonly keys: readonly object[] } | undefined;
}

/**
 * Where the keys come from: the issuer (the default), a given JWK Set, this process itself, or a shared
 * secret. Keys of a given set that can't be used are skipped, as those of a fetched one (RFC 7517 §5);
 * at least one must be usable, and none may be private.
 */
export type KeysOptions =
  | RemoteKeysOptions
  | {
      /** A JWK Set that never changes (RFC 7517 §5). */
      readonly jwks: { readonly keys: readonly object[] };
    }
  | InProcessKeysOptions
  | {
      /** The shared secret: its UTF-8 bytes are the key, at least as long as the hash. */
      readonly secret: string;
    };

/** How the status lists of an issuer are followed, which say at once which tokens were revoked. */
export interface RevocationOptions {
  /**
   * Where the lists are, when not at `<issuer>/status-lists`: in containers the public issuer and the
   * internal address differ. `https:`, or `http:` on loopback. Their changes are at `<url>/events`.
   * Tokens name lists by the issuer, whatever this says.
   */
  readonly url?: string;
  /** Allow `http:` beyond loopback, for a private network. Default `false`. */
  readonly allowInsecureHttp?: boolean;
  /**
   * How long tokens are accepted with the last known lists while the issuer is unreachable (RFC 5861
   * §4). After that they get 503. Default 3600, at most 86400.
   */
  readonly staleIfErrorSeconds?: number;
  /** How many lists are held at most. Default 256, at most 1024. */
  readonly maxLists?: number;
}

/** Rules that can be set for all issuers or for one of them. */
export interface TokenRules {
  /**
   * The `typ` that tokens must have. Default `at+jwt` (RFC 9068); `{ ifPresent: 'at+jwt' }` accepts
   * tokens without one too; `null`: not checked.
   */
  readonly typ?: string | IfPresent<string> | null;
  /** Claims that a token must have, besides `exp`. Default `['sub']`. */
  readonly requiredClaims?: readonly string[];
  /** The scopes of a token that has no claim for them. Default none. */
  readonly defaultScopes?: readonly string[];
  /** The claim that holds the scopes. Default `scope`, or `scp` where there is no `scope`. */
  readonly scopeClaim?: ClaimPath;
  /** The claim that holds the roles. Default `roles`. */
  readonly rolesClaim?: ClaimPath;
  /** Leeway for `exp` and `nbf`. Default 0, at most 60. */
  readonly clockToleranceSeconds?: number;
}

/** One issuer whose tokens are accepted. */
export interface IssuerOptions extends TokenRules {
  /**
   * Equal to `iss`, character by character; `{ ifPresent }` accepts tokens without `iss` too;
   * `null`: not checked. With `{tenantid}` in place of a part of the path, as in
   * `https://login.microsoftonline.com/{tenantid}/v2.0`, each tenant is an issuer: `iss` must be the
   * one of the token's own `tid`.
   */
  readonly issuer: string | IfPresent<string> | null;
  /** The tenants whose tokens are accepted, where the issuer has `{tenantid}`. Default all. */
  readonly tenants?: readonly string[];
  /**
   * One of these must be in `aud`; `{ ifPresent }` accepts tokens without `aud` too; `null`: not
   * checked.
   */
  readonly audience: string | readonly string[] | IfPresent<string | readonly string[]> | null;
  /** The accepted algorithms: at least one, and never HMAC beside public keys (RFC 8725 §3.1). */
  readonly algorithms: readonly Algorithm[];
  /** Where the keys come from. Default: the issuer's metadata (RFC 8414). */
  readonly keys?: KeysOptions;
  /**
   * Follow the issuer's status lists (draft-ietf-oauth-status-list), so that a revoked token is refused
   * at once: `true`, or an object with other settings. Default `false`, because most issuers have none.
   */
  readonly revocation?: boolean | RevocationOptions;
}

/** Options that apply to all issuers of a verifier. */
export interface SharedOptions<Schema extends StandardSchema | undefined = undefined>
  extends TokenRules {
  /** A Standard Schema (Zod, Valibot, ArkType, …) that checks and types further claims. */
  readonly claims?: Schema;
  /**
   * Asked for each token, cached ones included, after every other check. Look the token up by its
   * `jti`, never by its text: one token has several texts that verify (anyone can
   * rewrite an ECDSA signature), so a list of texts is evaded.
   */
  readonly isRevoked?: (token: VerifiedToken) => boolean;
  /** Limits of the cache of verified tokens, or `false` for none. Default 10000 and 32 MiB. */
  readonly cache?: { readonly maxEntries?: number; readonly maxBytes?: number } | false;
  /** Longest accepted token. Default 8192, at most 65536. */
  readonly maxTokenBytes?: number;
  /** The URL of this resource's metadata, for the challenge (RFC 9728 §5.1). */
  readonly resourceMetadata?: string;
  /** The realm of the challenge. Default: the first audience, else `api`. */
  readonly realm?: string;
  /** The clock, in ms since the epoch. Default `Date.now`, looked up at each call. */
  readonly now?: () => number;
  /** Default the global `fetch`, looked up at each call. */
  readonly fetch?: typeof fetch;
  /** Called with key refreshes, and with failures and their reasons, for logs and metrics. */
  readonly onEvent?: (event: VerifierEvent) => void;
}

/** The options of a verifier for one issuer. */
export type SingleIssuerOptions<Schema extends StandardSchema | undefined = undefined> =
  IssuerOptions & SharedOptions<Schema>;

/** The options of a verifier for several issuers, each with its own keys and audiences. */
export interface ManyIssuersOptions<Schema extends StandardSchema | undefined = undefined>
  extends SharedOptions<Schema> {
  /** The issuers, each at most once; the token's `iss` selects one. */
  readonly issuers: readonly IssuerOptions[];
}

/** The options of `createVerifier`: for one issuer or for several. */
export type VerifierOptions<Schema extends StandardSchema | undefined = undefined> =
  | SingleIssuerOptions<Schema>
  | ManyIssuersOptions<Schema>;

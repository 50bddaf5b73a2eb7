import type { Algorithm } from './algorithms.ts';
import type { ChallengeContext } from './challenge.ts';
import type { CheckedIssuer } from './check-issuer.ts';
import { type ResolvedRules, resolveNumber } from './check-options.ts';
import { checkSchema } from './check-schema.ts';
import { checkClaims } from './claim-rules.ts';
import { type CompactToken, parseCompact } from './compact-token.ts';
import { KnownHeaders } from './fast/known-headers.ts';
import { TokenCache } from './fast/token-cache.ts';
import { type CheckedHeader, checkHeader } from './header-rules.ts';
import { issuerChoice } from './issuer-choice.ts';
import type { JsonObject } from './json-object.ts';
import { isKey, type KeySource, keysUnavailable } from './key-source.ts';
import type { Revocation, RevocationStatus } from './revocation/revocation.ts';
import type { StandardSchema } from './standard-schema.ts';
import { mayServe } from './tenants.ts';
import { type AccessTokenClaims, type TokenClock, tokenStatusOf, VerifiedToken } from './token.ts';
import { type Refuse, refuseWith, TokenError } from './token-error.ts';
import type { VerificationKey } from './verification-key.ts';
import type { Verifier, VerifierStatus } from './verifier.ts';

/** The rules and keys of one issuer, checked and with every default filled in. */
export interface IssuerConfig extends CheckedIssuer, ResolvedRules {
  readonly algorithms: readonly Algorithm[];
  readonly keys: KeySource;
  /** For what is judged after verification. */
  readonly clock: TokenClock;
  readonly revocation: Revocation | undefined;
}

export interface VerifierConfig {
  readonly issuers: readonly IssuerConfig[];
  readonly schema: StandardSchema | undefined;
  readonly isRevoked: ((token: VerifiedToken) => boolean) | undefined;
  readonly cache: { readonly maxEntries: number; readonly maxBytes: number } | undefined;
  readonly maxTokenBytes: number;
  readonly challenge: ChallengeContext;
  readonly now: () => number;
}

/** Two for keys: the fetch under way may have begun too early. And one for a status list. */
const MAX_WAITS = 3;
/** In all of them: an issuer that hangs holds up no request for as long as its fetch may take. */
const MAX_WAIT_MS = 1_500;
const READY_TIMEOUT_MS = 30_000;

/** Put a verifier together from a configuration that was checked before. */
export const assembleVerifier = <Claims = AccessTokenClaims>(
  config: VerifierConfig,
): Verifier<Claims> => {
  const { issuers, challenge, now, maxTokenBytes } = config;
  const refuse = refuseWith(challenge);
  const cache = config.cache && new TokenCache(config.cache);
  const issuerOf = issuerChoice(issuers, refuse);
  const headers = new KnownHeaders();
  const syncKeys = syncOf(issuers);
  const hasStatusLists = issuers.some(({ revocation }) => revocation !== undefined);

  const verifyFresh = (token: string): VerifiedToken => {
    const nowMs = now();
    const parsed = parseCompact(token, maxTokenBytes, refuse, headers.parsed);
    const issuer = issuerOf(parsed.claims);
    const header =
      headers.checked(parsed.headerSegment, issuer) ?? checkHeader(parsed.header, issuer, refuse);
    const period = checkClaims(parsed.claims, issuer, nowMs, refuse);
    const key = findKey(issuer, header, parsed.claims, challenge, refuse);
    if (!key.verify(token, parsed.signedLength, parsed.signature)) {
      throw refuse('signature_invalid', { expected: key.algorithm });
    }
    const verified = toVerified(token, parsed, issuer, config, refuse);
    headers.add(parsed.headerSegment, parsed.header, issuer, header);
    cache?.add(token, verified, key, period);
    return verified;
  };

  const verifyNow = (token: string, mayWait: boolean): VerifiedToken => {
    syncKeys?.();
    const verified = cache?.get(token, now()) ?? verifyFresh(token);
    if (hasStatusLists) tokenStatusOf(verified)?.check(refuse, mayWait);
    if (config.isRevoked !== undefined) checkRevocation(verified, config.isRevoked, refuse);
    return verified;
  };

  const verifySync = (token: string): VerifiedToken => verifyNow(token, true);

  const verify = async (token: string): Promise<VerifiedToken> => {
    let untilMs: number | undefined;
    for (let waits = 0; waits < MAX_WAITS; waits++) {
      try {
        return verifyNow(token, true);
      } catch (error) {
        if (!(error instanceof TokenError) || error.wait === undefined) throw error;
        untilMs ??= Date.now() + MAX_WAIT_MS;
        const leftMs = untilMs - Date.now();
        if (leftMs <= 0) break;
        await error.wait(leftMs);
      }
    }
    return verifyNow(token, false);
  };

  return {
    verifySync: verifySync as Verifier<Claims>['verifySync'],
    verify: verify as Verifier<Claims>['verify'],
    ready: async ({ timeoutMs } = {}) => {
      const limitMs = resolveNumber('ready: timeoutMs', timeoutMs, READY_TIMEOUT_MS, [0, 600_000]);
      const all = issuers.map(async ({ issuer, keys, revocation }) => {
        revocation?.start();
        const pending = await keys.ready(limitMs);
        await revocation?.settled(Math.min(limitMs, MAX_WAIT_MS));
        return pending && keysUnavailable(pending, keys, challenge, issuer);
      });
      const trouble = (await Promise.all(all)).find((error) => error !== undefined);
      if (trouble !== undefined) throw trouble;
    },
    close: () => {
      for (const { keys, revocation } of issuers) {
        keys.close();
        revocation?.close();
      }
    },
    status: () => statusOf(issuers, cache),
    challenge,
  };
};

/** For keys that change in this process; `undefined` where there are none. */
const syncOf = (issuers: readonly IssuerConfig[]): (() => void) | undefined => {
  const changing = issuers.map(({ keys }) => keys).filter(({ sync }) => sync !== undefined);
  if (changing.length === 0) return undefined;
  return () => {
    for (const keys of changing) keys.sync?.();
  };
};

const findKey = (
  { keys, issuer, tenants }: IssuerConfig,
  { algorithm, kid }: CheckedHeader,
  claims: JsonObject,
  challenge: ChallengeContext,
  refuse: Refuse,
): VerificationKey => {
  const found = keys.find(algorithm, kid);
  if (found === undefined) throw refuse('key_unknown', { expected: issuer, actual: kid });
  if (isKey(found)) {
    if (tenants === undefined || mayServe(found, claims)) return found;
    throw refuse('key_unknown', { expected: `a key of ${claims.iss}`, actual: found.issuer });
  }
  throw keysUnavailable(found, keys, challenge, issuer);
};

const toVerified = (
  token: string,
  { header, claims }: CompactToken,
  issuer: IssuerConfig,
  { schema }: VerifierConfig,
  refuse: Refuse,
): VerifiedToken => {
  const typed = schema === undefined ? claims : checkSchema(claims, schema, refuse);
  const status = issuer.revocation?.statusOf(claims, refuse);
  return new VerifiedToken({
    token,
    claims: typed as AccessTokenClaims,
    header,
    issuer: issuer.tenants === undefined ? issuer.issuer : (claims.iss as string),
    permissions: issuer.permissions,
    status,
    clock: issuer.clock,
  });
};

const checkRevocation = (
  verified: VerifiedToken,
  isRevoked: (token: VerifiedToken) => boolean,
  refuse: Refuse,
): void => {
  let revoked: boolean;
  try {
    revoked = isRevoked(verified);
  } catch (error) {
    throw error instanceof TokenError ? error : refuse('revocation_unavailable', { cause: error });
  }
  // Only a plain false lets a token pass: a promise, from a hook that should not be async, does not.
  if (revoked === true) throw refuse('token_revoked');
  if (revoked !== false) throw refuse('revocation_unavailable', { actual: typeof revoked });
};

const WORST_FIRST = ['none', 'stale', 'fresh'] as const;
const BLINDEST_FIRST = ['blind', 'polling', 'current'] as const;
const REVOCATION_OFF: RevocationStatus = {
  revocation: 'off',
  revocationAgeSeconds: null,
  revocationDelayMs: null,
};

const statusOf = (
  issuers: readonly IssuerConfig[],
  cache: TokenCache | undefined,
): VerifierStatus => {
  const each = issuers.map(({ issuer, keys, revocation }) => ({
    issuer,
    ...keys.status(),
    ...(revocation?.status() ?? REVOCATION_OFF),
  }));
  return {
    keys: WORST_FIRST.find((state) => each.some(({ keys }) => keys === state)) ?? 'none',
    revocation:
      BLINDEST_FIRST.find((state) => each.some(({ revocation }) => revocation === state)) ?? 'off',
    issuers: each,
    cache: { entries: cache?.entries ?? 0, bytes: cache?.bytes ?? 0 },
  };
};

import type { Algorithm } from './algorithms.ts';
import type { ChallengeContext } from './challenge.ts';
import { checkSchema } from './check-schema.ts';
import { checkClaims } from './claim-rules.ts';
import { type CompactToken, parseCompact } from './compact-token.ts';
import { type CheckedHeader, checkHeader } from './header-rules.ts';
import { memberOf } from './json-object.ts';
import { isKey, type KeySource } from './key-source.ts';
import { KnownHeaders } from './known-headers.ts';
import type { StandardSchema } from './standard-schema.ts';
import { type AccessTokenClaims, VerifiedToken } from './token.ts';
import { TokenCache } from './token-cache.ts';
import { KeysUnavailableError, type Refuse, refuseWith, TokenError } from './token-error.ts';
import type { VerificationKey } from './verification-key.ts';
import type { Verifier, VerifierStatus } from './verifier.ts';

/** The rules and keys of one issuer, checked and with every default filled in. */
export interface IssuerConfig {
  readonly issuer: string | null;
  readonly audiences: readonly string[] | null;
  readonly algorithms: readonly Algorithm[];
  readonly typ: string | null;
  readonly requiredClaims: readonly string[];
  readonly defaultScopes: readonly string[] | undefined;
  readonly clockToleranceMs: number;
  readonly keys: KeySource;
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

const MAX_WAITS = 2;

/** Put a verifier together from a configuration that was checked before. */
export const assembleVerifier = <Claims = AccessTokenClaims>(
  config: VerifierConfig,
): Verifier<Claims> => {
  const { issuers, challenge, now, maxTokenBytes } = config;
  const refuse = refuseWith(challenge);
  const cache = config.cache && new TokenCache(config.cache);
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  const anyIssuer = byName.get(null);

  const issuerOf = ({ claims }: CompactToken): IssuerConfig => {
    if (anyIssuer !== undefined) return anyIssuer;
    const name = memberOf(claims, 'iss');
    if (name === undefined) throw refuse('claim_missing', { expected: 'iss' });
    const found = byName.get(name as string);
    if (found === undefined) {
      throw refuse('issuer_mismatch', { expected: [...byName.keys()], actual: name });
    }
    return found;
  };

  const headers = new KnownHeaders();

  const verifyFresh = (token: string): VerifiedToken => {
    const nowMs = now();
    const parsed = parseCompact(token, maxTokenBytes, refuse, headers.parsed);
    const issuer = issuerOf(parsed);
    const header =
      headers.checked(parsed.headerSegment, issuer) ?? checkHeader(parsed.header, issuer, refuse);
    const period = checkClaims(parsed.claims, issuer, nowMs, refuse);
    const key = findKey(issuer, header, challenge, refuse);
    if (!key.verify(token, parsed.signedLength, parsed.signature)) {
      throw refuse('signature_invalid', { expected: key.algorithm });
    }
    const verified = toVerified(token, parsed, issuer, config, refuse);
    headers.add(parsed.headerSegment, parsed.header, issuer, header);
    cache?.add(token, verified, key, period);
    return verified;
  };

  const verifySync = (token: string): VerifiedToken => {
    const verified = cache?.get(token, now()) ?? verifyFresh(token);
    if (config.isRevoked !== undefined) checkRevocation(verified, config.isRevoked, refuse);
    return verified;
  };

  const verify = async (token: string): Promise<VerifiedToken> => {
    // The fetch under way may have begun too early for this token; the one after it has not.
    for (let waits = 0; waits < MAX_WAITS; waits++) {
      try {
        return verifySync(token);
      } catch (error) {
        if (!(error instanceof KeysUnavailableError) || !error.worthWaiting) throw error;
        // Of this issuer alone: another's being slow is no reason to wait.
        await byName.get(error.expected as string | null)?.keys.settled();
      }
    }
    return verifySync(token);
  };

  return {
    verifySync: verifySync as Verifier<Claims>['verifySync'],
    verify: verify as Verifier<Claims>['verify'],
    ready: async () => {
      await Promise.all(issuers.map(({ keys }) => keys.ready()));
      const lacking = issuers.find(({ keys }) => keys.status().keys === 'none');
      if (lacking !== undefined) {
        throw new KeysUnavailableError({
          challenge,
          retryAfterSeconds: 1,
          expected: lacking.issuer,
        });
      }
    },
    close: () => {
      for (const { keys } of issuers) keys.close();
    },
    status: () => statusOf(issuers, cache),
    challenge,
  };
};

const findKey = (
  { keys, issuer }: IssuerConfig,
  { algorithm, kid }: CheckedHeader,
  challenge: ChallengeContext,
  refuse: Refuse,
): VerificationKey => {
  const found = keys.find(algorithm, kid);
  if (found === undefined) throw refuse('key_unknown', { expected: issuer, actual: kid });
  if (isKey(found)) return found;
  throw new KeysUnavailableError({ ...found, challenge, expected: issuer });
};

const toVerified = (
  token: string,
  { header, claims }: CompactToken,
  issuer: IssuerConfig,
  { schema }: VerifierConfig,
  refuse: Refuse,
): VerifiedToken => {
  const typed = schema === undefined ? claims : checkSchema(claims, schema, refuse);
  return new VerifiedToken({
    token,
    claims: typed as AccessTokenClaims,
    header,
    issuer: issuer.issuer,
    defaultScopes: issuer.defaultScopes,
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

const statusOf = (
  issuers: readonly IssuerConfig[],
  cache: TokenCache | undefined,
): VerifierStatus => {
  const each = issuers.map(({ issuer, keys }) => ({ issuer, ...keys.status() }));
  return {
    keys: WORST_FIRST.find((state) => each.some(({ keys }) => keys === state)) ?? 'none',
    issuers: each,
    cache: { entries: cache?.entries ?? 0, bytes: cache?.bytes ?? 0 },
  };
};

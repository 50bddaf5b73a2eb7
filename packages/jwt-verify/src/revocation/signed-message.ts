import type { Algorithm } from '../algorithms.ts';
import { checkClaims } from '../claim-rules.ts';
import { parseCompact } from '../compact-token.ts';
import { checkHeader } from '../header-rules.ts';
import { type JsonObject, memberOf } from '../json-object.ts';
import { isKey, type KeySource, keysUnavailable } from '../key-source.ts';
import { KeysUnavailableError, refuseWith } from '../token-error.ts';

/** What the issuer signs with, and what its messages must say. */
export interface MessageIssuer {
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  readonly keys: KeySource;
  readonly clockToleranceMs: number;
  readonly now: () => number;
}

/** A kind of message beside the access token. */
export interface MessageKind {
  readonly typ: string;
  readonly maxBytes: number;
  readonly requiredClaims: readonly string[];
  readonly expMayBeAbsent: boolean;
}

export interface SignedMessage {
  readonly claims: JsonObject;
  /** Of the key that signed it. */
  readonly kid: string | undefined;
}

const challenge = { realm: 'status lists' };
const refuse = refuseWith(challenge);

/**
 * Verify a message that the issuer signed, as strictly as its access tokens: form, `iss`, `crit`, `alg`,
 * `typ`, claims, time, key, signature. Throws TokenError.
 */
export const verifyMessage = (
  text: string,
  { typ, maxBytes, requiredClaims, expMayBeAbsent }: MessageKind,
  { issuer, algorithms, keys, clockToleranceMs, now }: MessageIssuer,
): SignedMessage => {
  const { header, claims, signature, signedLength } = parseCompact(text, maxBytes, refuse);
  const named = memberOf(claims, 'iss');
  if (named !== issuer) throw refuse('issuer_mismatch', { expected: issuer, actual: named });
  const { algorithm, kid } = checkHeader(
    header,
    { algorithms, typ, typMayBeAbsent: false },
    refuse,
  );
  const rules = { audiences: null, audMayBeAbsent: true, requiredClaims, clockToleranceMs };
  checkClaims(claims, { ...rules, expMayBeAbsent }, now(), refuse);
  keys.sync?.();
  const found = keys.find(algorithm, kid);
  if (found === undefined) throw refuse('key_unknown', { expected: issuer, actual: kid });
  if (!isKey(found)) throw keysUnavailable(found, keys, challenge, issuer);
  if (!found.verify(text, signedLength, signature)) {
    throw refuse('signature_invalid', { expected: algorithm });
  }
  return { claims, kid };
};

const MAX_WAITS = 2;
const KEYS_TIMEOUT_MS = 5000;

/** As `verifyMessage`, but waits for a fetch of keys where one may help. */
export const verifyMessageOnceKeysAreThere = async (
  text: string,
  kind: MessageKind,
  issuer: MessageIssuer,
): Promise<SignedMessage> => {
  for (let waits = 0; waits < MAX_WAITS; waits++) {
    try {
      return verifyMessage(text, kind, issuer);
    } catch (error) {
      if (!(error instanceof KeysUnavailableError) || error.wait === undefined) throw error;
      await error.wait(KEYS_TIMEOUT_MS);
    }
  }
  return verifyMessage(text, kind, issuer);
};

import { decodeBase64url } from './base64url.ts';
import { parseJsonObject } from './fast/parse-json.ts';
import type { JsonObject } from './json-object.ts';
import type { Refuse } from './token-error.ts';

/** The three parts of a compact JWS (RFC 7515 §7.1), decoded; nothing in it can be trusted yet. */
export interface CompactToken {
  readonly headerSegment: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signature: Buffer;
  /** The index of the second dot: what is signed is everything before it. */
  readonly signedLength: number;
}

/**
 * Take a token apart, strictly. Throws `token_too_large` or `token_malformed`.
 *
 * @param knownHeader gives the parsed header of a segment that was seen and checked before
 */
export const parseCompact = (
  token: string,
  maxTokenBytes: number,
  refuse: Refuse,
  knownHeader?: (segment: string) => JsonObject | undefined,
): CompactToken => {
  if (typeof token !== 'string') {
    throw refuse('token_malformed', { expected: 'a string', actual: typeof token });
  }
  if (token.length > maxTokenBytes) {
    throw refuse('token_too_large', { expected: maxTokenBytes, actual: token.length });
  }
  const firstDot = token.indexOf('.');
  const secondDot = token.indexOf('.', firstDot + 1);
  if (firstDot < 1 || secondDot <= firstDot + 1 || token.indexOf('.', secondDot + 1) !== -1) {
    throw refuse('token_malformed', { expected: 'three segments' });
  }
  const headerSegment = token.slice(0, firstDot);
  const header = knownHeader?.(headerSegment) ?? decodeObject(headerSegment);
  if (header === undefined) throw refuse('token_malformed', { expected: 'a header in JSON' });
  const claims = decodeObject(token.slice(firstDot + 1, secondDot));
  if (claims === undefined) throw refuse('token_malformed', { expected: 'a payload in JSON' });
  const signature = decodeBase64url(token.slice(secondDot + 1));
  if (signature === undefined || signature.length === 0) {
    throw refuse('token_malformed', { expected: 'a signature in base64url' });
  }
  return { headerSegment, header, claims, signature, signedLength: secondDot };
};

const decodeObject = (segment: string): JsonObject | undefined => {
  const bytes = decodeBase64url(segment);
  return bytes === undefined ? undefined : parseJsonObject(bytes);
};

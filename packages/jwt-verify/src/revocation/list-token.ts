import { isJsonObject, type JsonObject, memberOf } from '../json-object.ts';
import { isCount, type ListBits, readListBits } from './list-bits.ts';
import type { MessageKind } from './signed-message.ts';

/** A status list token (draft-ietf-oauth-status-list §5.1). */
export const LIST_TOKEN: MessageKind = {
  typ: 'statuslist+jwt',
  maxBytes: 262_144,
  requiredClaims: ['sub', 'iat', 'exp'],
  expMayBeAbsent: false,
};

export interface PublishedList {
  readonly bits: ListBits;
  /** How many changes are in it; 0 where the issuer does not count them. */
  readonly seq: number;
  readonly ttlMs: number;
  /** From when it says nothing any more, in ms since the epoch. */
  readonly expiresMs: number;
}

const DEFAULT_TTL_SECONDS = 30;
const MIN_TTL_SECONDS = 5;
const MAX_TTL_SECONDS = 3600;

/**
 * Read the claims of a list token that was verified.
 *
 * @throws {Error} when it is another list, or one that can't be read
 */
export const readPublishedList = (claims: JsonObject, uri: string): PublishedList => {
  const sub = memberOf(claims, 'sub');
  if (sub !== uri) throw new Error(`it is the list ${JSON.stringify(sub).slice(0, 200)}`);
  const list = memberOf(claims, 'status_list');
  if (!isJsonObject(list)) throw new Error('it has no status_list');
  const ttl = numberOf(claims, 'ttl') ?? DEFAULT_TTL_SECONDS;
  return {
    bits: readListBits(memberOf(list, 'bits'), memberOf(list, 'lst')),
    seq: numberOf(claims, 'seq') ?? 0,
    ttlMs: Math.min(MAX_TTL_SECONDS, Math.max(MIN_TTL_SECONDS, ttl)) * 1000,
    expiresMs: (claims.exp as number) * 1000,
  };
};

const numberOf = (claims: JsonObject, name: string): number | undefined => {
  const value = memberOf(claims, name);
  if (value === undefined || isCount(value)) return value;
  throw new Error(`its ${name} is not a whole number from 0 on`);
};

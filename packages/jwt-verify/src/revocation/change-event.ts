import { isJsonObject, type JsonObject, memberOf } from '../json-object.ts';
import { isCount, isIndex } from './list-bits.ts';
import { listIdOf } from './list-uri.ts';
import type { MessageKind, SignedMessage } from './signed-message.ts';

/** A security event token (RFC 8417). It may stand for ever: what it says only ever adds a refusal. */
export const CHANGE_EVENT: MessageKind = {
  typ: 'secevent+jwt',
  maxBytes: 65_536,
  requiredClaims: ['iat', 'jti'],
  expMayBeAbsent: true,
};

export const SESSION_REVOKED =
  'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
export const KEY_REMOVED = 'urn:latchkey:event:key-removed';

/** These indices take the list from the change `after` to the change `seq`. */
export interface ListChange {
  readonly id: string;
  readonly after: number;
  readonly seq: number;
  readonly indices: readonly number[];
}

export interface ChangeEvent {
  /** When it came about (RFC 8417 §2.2), in ms since the epoch; by the second where only `iat` says it. */
  readonly occurredMs: number;
  readonly changes: readonly ListChange[];
  readonly removedKid: string | undefined;
}

/**
 * Read an event that was verified; kinds of events that are not known here are passed over.
 *
 * @throws {Error} when it is not of the form
 */
export const readChangeEvent = ({ claims, kid }: SignedMessage, uriBase: string): ChangeEvent => {
  const events = memberOf(claims, 'events');
  if (!isJsonObject(events)) throw new Error('it has no events');
  const revoked = memberOf(events, SESSION_REVOKED);
  const removed = memberOf(events, KEY_REMOVED);
  const removedKid = removed === undefined ? undefined : kidOf(removed);
  if (removedKid !== undefined && removedKid === kid) throw new Error('it removes its own key');
  const changes = revoked === undefined ? [] : changesOf(revoked, uriBase);
  return { occurredMs: occurredMsOf(claims), changes, removedKid };
};

const occurredMsOf = (claims: JsonObject): number => {
  const toe = memberOf(claims, 'toe');
  const seconds = typeof toe === 'number' && Number.isFinite(toe) ? toe : memberOf(claims, 'iat');
  return Number(seconds) * 1000;
};

const kidOf = (removed: unknown): string => {
  const kid = isJsonObject(removed) ? memberOf(removed, 'kid') : undefined;
  if (typeof kid !== 'string') throw new Error('it removes a key without a kid');
  return kid;
};

const changesOf = (revoked: unknown, uriBase: string): ListChange[] => {
  const lists = isJsonObject(revoked) ? memberOf(revoked, 'status_lists') : undefined;
  if (!Array.isArray(lists)) throw new Error('it has no status_lists');
  return lists.map((list: unknown) => changeOf(isJsonObject(list) ? list : {}, uriBase));
};

const changeOf = (list: JsonObject, uriBase: string): ListChange => {
  const id = listIdOf(memberOf(list, 'uri'), uriBase);
  const after = memberOf(list, 'after');
  const seq = memberOf(list, 'seq');
  const indices = memberOf(list, 'idx');
  if (id === undefined) throw new Error('it names a list of another place');
  if (!isCount(after) || !isCount(seq)) throw new Error('its numbers are not whole');
  if (!Array.isArray(indices) || !indices.every(isIndex)) throw new Error('its idx is malformed');
  return { id, after, seq, indices };
};

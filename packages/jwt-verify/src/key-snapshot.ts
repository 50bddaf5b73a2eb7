import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, memberOf, parseJsonObject } from './json-object.ts';

/** A key set as it was fetched, kept for a start while the issuer is down. */
export interface KeySnapshot {
  readonly issuer: string;
  readonly fetchedMs: number;
  readonly keySet: JsonObject;
}

/**
 * Read a snapshot.
 *
 * @returns nothing when there is none that is whole, of this issuer, and younger than the hard limit
 */
export const readSnapshot = (
  file: string,
  issuer: string,
  nowMs: number,
  hardMs: number,
): KeySnapshot | undefined => {
  let snapshot: JsonObject | undefined;
  try {
    snapshot = parseJsonObject(readFileSync(file));
  } catch {
    return undefined;
  }
  if (snapshot === undefined || memberOf(snapshot, 'issuer') !== issuer) return undefined;
  const fetchedMs = memberOf(snapshot, 'fetchedMs');
  const keySet = memberOf(snapshot, 'keySet');
  if (typeof fetchedMs !== 'number' || !isJsonObject(keySet)) return undefined;
  if (!Array.isArray(memberOf(keySet, 'keys'))) return undefined;
  if (!(fetchedMs <= nowMs && nowMs - fetchedMs < hardMs)) return undefined;
  return { issuer, fetchedMs, keySet };
};

/** Write a snapshot in one step, so that a reader never sees half of it. */
export const writeSnapshot = (file: string, snapshot: KeySnapshot): void => {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(snapshot), { mode: 0o600 });
  renameSync(unfinished, file);
};

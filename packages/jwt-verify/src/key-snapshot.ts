import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { notify, type VerifierEvent } from './events.ts';
import { parseJsonObject } from './fast/parse-json.ts';
import { isJsonObject, type JsonObject, memberOf } from './json-object.ts';
import { errorFrom } from './reason.ts';

/** A key set as it was fetched, kept for a start while the issuer is down. */
export interface KeySnapshot {
  readonly issuer: string;
  readonly fetchedMs: number;
  readonly keySet: JsonObject;
}

/** The file of one issuer's snapshot. Trouble with it is reported, and costs no token. */
export class KeySnapshotFile {
  readonly #file: string;
  readonly #onEvent: ((event: VerifierEvent) => void) | undefined;

  constructor(file: string, onEvent: ((event: VerifierEvent) => void) | undefined) {
    this.#file = file;
    this.#onEvent = onEvent;
  }

  /** Hand over the set of the last run, where there is one that is young enough. */
  restore(
    issuer: string,
    nowMs: number,
    usableMs: number,
    take: (snapshot: KeySnapshot) => void,
  ): void {
    const snapshot = readSnapshot(this.#file, issuer, nowMs, usableMs);
    if (snapshot !== undefined) this.#attempt(issuer, () => take(snapshot));
  }

  keep(snapshot: KeySnapshot): void {
    this.#attempt(snapshot.issuer, () => writeSnapshot(this.#file, snapshot));
  }

  /** A start must not bring back a key that was removed. */
  discard(issuer: string): void {
    this.#attempt(issuer, () => rmSync(this.#file, { force: true }));
  }

  #attempt(issuer: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      notify(this.#onEvent, { type: 'snapshot_failed', issuer, error: errorFrom(error) });
    }
  }
}

/**
 * Read a snapshot.
 *
 * @returns nothing when there is none that is whole, of this issuer, and still usable
 */
const readSnapshot = (
  file: string,
  issuer: string,
  nowMs: number,
  usableMs: number,
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
  if (!(fetchedMs <= nowMs && nowMs - fetchedMs < usableMs)) return undefined;
  return { issuer, fetchedMs, keySet };
};

/** Write a snapshot in one step, so that a reader never sees half of it. */
const writeSnapshot = (file: string, snapshot: KeySnapshot): void => {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(snapshot), { mode: 0o600 });
  renameSync(unfinished, file);
};

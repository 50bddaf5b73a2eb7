import type { KeyObject } from 'node:crypto';
import { isDatabaseAway } from '@latchkey/database/client';
import type { Log } from '@latchkey/service-kit/process/log';
import type { JWK } from 'jose';
import { type KeyEncryption, sealerOf, unseal } from './key-encryption.ts';
import { importPrivateKey, type KeyAlgorithm } from './key-material.ts';
import type { KeyOperations } from './key-operations.ts';
import type { KeyRepository, SigningKey } from './key-repository.ts';

export interface ActiveKey {
  id: string;
  algorithm: KeyAlgorithm;
  privateKey: KeyObject;
}

/** This instance's view of the key set. */
export interface CurrentKeys {
  active: ActiveKey;
  /** The JWK Set that is published. */
  published: readonly JWK[];
}

export interface KeyRing {
  /** Undefined until the keys could be read for the first time. */
  current(): CurrentKeys | undefined;
  /** Reads the key set anew, and changes it when the schedule says so. */
  refresh(): Promise<void>;
  onChange(listener: (snapshot: CurrentKeys) => void): void;
  close(): Promise<void>;
}

interface Dependencies {
  operations: Pick<KeyOperations, 'isChangeDue' | 'keepSchedule'>;
  encryption: KeyEncryption;
  log: Log;
  /** How often the database is asked whether another instance changed the key set. */
  pollMs: number;
}

/**
 * Follows the key set of the database. While the database is away it keeps what it has; one that
 * is away at the start is waited for.
 *
 * @throws Error at the start when the keys cannot be opened with the key-encryption key
 */
export async function openKeyRing(
  keys: Pick<KeyRepository, 'listPublished'>,
  { operations, encryption, log, pollMs }: Dependencies,
): Promise<KeyRing> {
  let snapshot: CurrentKeys | undefined;
  let version = '';
  let running: Promise<void> | undefined;
  const listeners: ((snapshot: CurrentKeys) => void)[] = [];

  const read = async () => {
    let rows = await keys.listPublished();
    if (operations.isChangeDue(rows)) {
      await operations.keepSchedule();
      rows = await keys.listPublished();
    }
    const found = rows.map(({ id, state }) => `${id} ${state}`).join('\n');
    if (found === version) return;
    const before = snapshot?.active;
    // If it fails, nothing is signed: better no token than one that every service refuses.
    snapshot = undefined;
    snapshot = toSnapshot(rows, encryption, before);
    version = found;
    log.info({ kid: snapshot.active.id, published: rows.length }, 'signing keys');
    for (const listener of listeners) listener(snapshot);
  };
  const refresh = () => {
    running ??= read().finally(() => {
      running = undefined;
    });
    return running;
  };

  await refresh().catch((err: unknown) => {
    if (!isDatabaseAway(err)) throw err;
    log.warn({ err }, 'no signing keys yet: the database is away');
  });
  const timer = setInterval(() => {
    refresh().catch((err: unknown) => log.error({ err }, 'signing keys could not be read'));
  }, pollMs);
  timer.unref();

  return {
    current: () => snapshot,
    refresh,
    onChange: (listener) => void listeners.push(listener),
    async close() {
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}

function toSnapshot(
  rows: readonly SigningKey[],
  encryption: KeyEncryption,
  before: ActiveKey | undefined,
): CurrentKeys {
  const row = rows.find(({ state }) => state === 'active');
  if (!row) throw new Error('no signing key is active');
  // An instance without the new key-encryption key signs with the retiring key.
  const isClosedToUs = sealerOf(encryption, row.sealedBy) === undefined;
  const keepsBefore =
    before?.id === row.id || (isClosedToUs && rows.some(({ id }) => id === before?.id));
  const active = before && keepsBefore ? before : openKey(row, encryption);
  return { active, published: rows.map(({ publicJwk }) => publicJwk as JWK) };
}

function openKey({ id, algorithm, sealedKey, sealedBy }: SigningKey, encryption: KeyEncryption) {
  const sealer = sealerOf(encryption, sealedBy);
  if (!sealer || !sealedKey) {
    throw new Error(
      'KEY_ENCRYPTION_KEY: is not the one that sealed the signing keys; set it, or the one before in KEY_ENCRYPTION_KEY_PREVIOUS',
    );
  }
  const privateKey = importPrivateKey(unseal(sealer.bytes, id, sealedKey));
  return { id, algorithm: algorithm as KeyAlgorithm, privateKey };
}

import { type AuditEventType, record } from '../audit/audit-repository.ts';
import { type AuditContext, systemCaller } from '../caller.ts';
import { type Database, inTransaction, type Tx } from '../database.ts';
import { problems } from '../errors.ts';
import { type KeyEncryption, seal, sealerOf, unseal } from './key-encryption.ts';
import { isReady, type KeyChange, type KeyPolicy, planKeyChanges } from './key-lifecycle.ts';
import { exportPrivateKey, generateKey, type NewKey } from './key-material.ts';
import {
  activateKey,
  insertKey,
  listAllKeys,
  listPublishedKeys,
  lockKeySet,
  type Prisma,
  removeKey,
  replaceSealedKey,
  retireKey,
  type SigningKey,
} from './key-repository.ts';

interface Dependencies {
  db: Database;
  encryption: KeyEncryption;
  policy: KeyPolicy;
  now: () => number;
}

/** Verifiers refuse a larger set as a whole; the schedule alone stays far below. */
const MAX_PUBLISHED_KEYS = 100;

const bySchedule: AuditContext = { actor: 'system', caller: systemCaller };

export type KeyOperations = ReturnType<typeof keyOperations>;

/** Changes of the key set; a lock in PostgreSQL orders those of several instances. */
export function keyOperations({ db, encryption, policy, now }: Dependencies) {
  const startedAt = now();

  const apply = async (tx: Tx, changes: readonly KeyChange[], { actor, caller }: AuditContext) => {
    const at = new Date(now());
    for (const change of changes) {
      const [type, id] = await applyChange(tx, change, at);
      await record(tx, { type, actor, subject: id, caller });
    }
  };

  const applyChange = async (
    tx: Tx,
    change: KeyChange,
    at: Date,
  ): Promise<[AuditEventType, string]> => {
    if (change.do === 'create') {
      const key = await generateKey(policy.algorithm);
      await insertKey(tx, rowOf(key, change.state, at));
      return ['key.created', key.id];
    }
    if (change.do === 'activate') await activateKey(tx, change.id, at);
    if (change.do === 'retire') await retireKey(tx, change.id, at);
    if (change.do === 'remove') await removeKey(tx, change.id, at);
    const types = {
      activate: 'key.activated',
      retire: 'key.retired',
      remove: 'key.removed',
    } as const;
    return [types[change.do], change.id];
  };

  const rowOf = (
    key: NewKey,
    state: 'next' | 'active',
    at: Date,
  ): Prisma.SigningKeyCreateInput => ({
    id: key.id,
    algorithm: key.algorithm,
    state,
    publicJwk: key.publicJwk as Prisma.InputJsonObject,
    sealedKey: seal(encryption.current.bytes, key.id, exportPrivateKey(key.privateKey)),
    sealedBy: encryption.current.id,
    createdAt: at,
    activatedAt: state === 'active' ? at : null,
  });

  const locked = <T>(work: (tx: Tx, keys: SigningKey[]) => Promise<T>): Promise<T> =>
    inTransaction(db, async (tx) => {
      await lockKeySet(tx);
      return work(tx, await listPublishedKeys(tx));
    });

  return {
    /** Whether the schedule asks for a change of these keys now; takes no lock. */
    isChangeDue: (keys: readonly SigningKey[]): boolean =>
      keys.some((key) => needsResealing(key, encryption)) ||
      planKeyChanges(keys, policy, { now: now(), startedAt }).length > 0,

    /** Makes the first keys, rotates, retires and removes as the schedule says. */
    keepSchedule: (): Promise<void> =>
      locked(async (tx, keys) => {
        for (const key of keys) {
          if (!needsResealing(key, encryption)) continue;
          await reseal(tx, key, encryption);
          await record(tx, { type: 'key.resealed', subject: key.id, ...bySchedule });
        }
        await apply(tx, planKeyChanges(keys, policy, { now: now(), startedAt }), bySchedule);
      }),

    list: (): Promise<SigningKey[]> => listAllKeys(db),

    /**
     * Rotates now.
     *
     * @throws Problem `key_not_ready` while a verifier may not have the next key yet, `too_many_keys`
     *   when the set would have more keys than a verifier reads
     */
    rotate: (audit: AuditContext): Promise<void> =>
      locked(async (tx, keys) => {
        const next = keys.find((key) => key.state === 'next');
        if (!next || !isReady(next, policy, now())) throw problems.key_not_ready();
        const changes = planKeyChanges(keys, policy, { now: now(), startedAt, rotate: true });
        if (sizeAfter(keys, changes) > MAX_PUBLISHED_KEYS) throw problems.too_many_keys();
        await apply(tx, changes, audit);
      }),

    /**
     * Takes a compromised key out at once: whatever it signed is refused by every verifier with its
     * next refresh. When it was the one that signs, the next takes over.
     *
     * @throws Problem `key_not_found`
     */
    remove: (id: string, audit: AuditContext): Promise<void> =>
      locked(async (tx, keys) => {
        if (!keys.some((key) => key.id === id)) throw problems.key_not_found();
        await apply(tx, [{ do: 'remove', id }], audit);
        const rest = keys.filter((key) => key.id !== id);
        await apply(tx, planKeyChanges(rest, policy, { now: now(), startedAt }), audit);
      }),
  };
}

function sizeAfter(keys: readonly SigningKey[], changes: readonly KeyChange[]): number {
  const count = (what: KeyChange['do']) => changes.filter((change) => change.do === what).length;
  return keys.length + count('create') - count('remove');
}

const needsResealing = (key: SigningKey, encryption: KeyEncryption): boolean =>
  key.sealedKey !== null && key.sealedBy === encryption.previous?.id;

async function reseal(tx: Tx, key: SigningKey, encryption: KeyEncryption): Promise<void> {
  const sealer = sealerOf(encryption, key.sealedBy);
  if (!sealer || !key.sealedKey) return;
  const plaintext = unseal(sealer.bytes, key.id, key.sealedKey);
  const sealed = seal(encryption.current.bytes, key.id, plaintext);
  await replaceSealedKey(tx, key.id, sealed, encryption.current.id);
}

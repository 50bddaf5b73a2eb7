import { type AuditContext, systemCaller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Repositories, Store } from '../store.ts';
import { type KeyEncryption, seal, sealerOf, unseal } from './key-encryption.ts';
import { isReady, type KeyChange, type KeyPolicy, planKeyChanges } from './key-lifecycle.ts';
import { exportPrivateKey, generateKey, type NewKey } from './key-material.ts';
import type { KeyRepository, NewSigningKey, SigningKey } from './key-repository.ts';

interface Dependencies {
  encryption: KeyEncryption;
  policy: KeyPolicy;
  now: () => number;
}

/** Verifiers refuse a larger set as a whole; the schedule alone stays far below. */
const MAX_PUBLISHED_KEYS = 100;

const bySchedule: AuditContext = { actor: 'system', caller: systemCaller };

const EVENTS = {
  create: 'key.created',
  activate: 'key.activated',
  retire: 'key.retired',
  remove: 'key.removed',
} as const;

export type KeyOperations = ReturnType<typeof keyOperations>;

/** What happens to the key set, by schedule or by hand. */
export function keyOperations(
  { keys, transaction }: Pick<Store, 'keys' | 'transaction'>,
  { encryption, policy, now }: Dependencies,
) {
  const startedAt = now();

  const rowOf = (key: NewKey, state: 'next' | 'active', at: Date): NewSigningKey => ({
    id: key.id,
    algorithm: key.algorithm,
    state,
    publicJwk: key.publicJwk,
    sealedKey: seal(encryption.current.bytes, key.id, exportPrivateKey(key.privateKey)),
    sealedBy: encryption.current.id,
    createdAt: at,
    activatedAt: state === 'active' ? at : null,
  });

  const applyChange = async (keys: KeyRepository, change: KeyChange, at: Date): Promise<string> => {
    if (change.do !== 'create') {
      await keys[change.do](change.id, at);
      return change.id;
    }
    const key = await generateKey(policy.algorithm);
    await keys.create(rowOf(key, change.state, at));
    return key.id;
  };

  const apply = async (
    { keys, audit }: Repositories,
    changes: readonly KeyChange[],
    { actor, caller }: AuditContext,
  ) => {
    const at = new Date(now());
    for (const change of changes) {
      const subject = await applyChange(keys, change, at);
      await audit.record({ type: EVENTS[change.do], actor, subject, caller });
    }
  };

  const reseal = async ({ keys, audit }: Repositories, key: SigningKey) => {
    const sealer = sealerOf(encryption, key.sealedBy);
    if (!sealer || !key.sealedKey) return;
    const plaintext = unseal(sealer.bytes, key.id, key.sealedKey);
    const sealedKey = seal(encryption.current.bytes, key.id, plaintext);
    await keys.reseal(key.id, { sealedKey, sealedBy: encryption.current.id });
    await audit.record({ type: 'key.resealed', subject: key.id, ...bySchedule });
  };

  /** Changes of several instances come one after another. */
  const locked = <T>(
    work: (repositories: Repositories, published: SigningKey[]) => Promise<T>,
  ): Promise<T> =>
    transaction(async (repositories) => {
      await repositories.keys.holdSet();
      return work(repositories, await repositories.keys.listPublished());
    });

  return {
    /** Whether the schedule asks for a change of these keys now; takes no lock. */
    isChangeDue: (keys: readonly SigningKey[]): boolean =>
      keys.some((key) => needsResealing(key, encryption)) ||
      planKeyChanges(keys, policy, { now: now(), startedAt }).length > 0,

    /** Makes the first keys, rotates, retires and removes as the schedule says. */
    keepSchedule: (): Promise<void> =>
      locked(async (repositories, published) => {
        for (const key of published) {
          if (needsResealing(key, encryption)) await reseal(repositories, key);
        }
        const changes = planKeyChanges(published, policy, { now: now(), startedAt });
        await apply(repositories, changes, bySchedule);
      }),

    list: (): Promise<SigningKey[]> => keys.listAll(),

    /**
     * Rotates now.
     *
     * @throws Problem `key_not_ready` while a verifier may not have the next key yet, `too_many_keys`
     *   when the set would have more keys than a verifier reads
     */
    rotate: (by: AuditContext): Promise<void> =>
      locked(async (repositories, published) => {
        const next = published.find((key) => key.state === 'next');
        if (!next || !isReady(next, policy, now())) throw problems.key_not_ready();
        const changes = planKeyChanges(published, policy, { now: now(), startedAt, rotate: true });
        if (sizeAfter(published, changes) > MAX_PUBLISHED_KEYS) throw problems.too_many_keys();
        await apply(repositories, changes, by);
      }),

    /**
     * Removes a compromised key at once: every verifier that listens is told, any other refuses what it
     * signed from its next refresh on. When it was the one that signs, the next takes over.
     *
     * @throws Problem `key_not_found`
     */
    remove: (id: string, by: AuditContext): Promise<void> =>
      locked(async (repositories, published) => {
        if (!published.some((key) => key.id === id)) throw problems.key_not_found();
        await apply(repositories, [{ do: 'remove', id }], by);
        const rest = published.filter((key) => key.id !== id);
        await apply(repositories, planKeyChanges(rest, policy, { now: now(), startedAt }), by);
        await repositories.statusNotices.keyRemoved(id);
      }),
  };
}

function sizeAfter(keys: readonly SigningKey[], changes: readonly KeyChange[]): number {
  const count = (what: KeyChange['do']) => changes.filter((change) => change.do === what).length;
  return keys.length + count('create') - count('remove');
}

const needsResealing = (key: SigningKey, encryption: KeyEncryption): boolean =>
  key.sealedKey !== null && key.sealedBy === encryption.previous?.id;

import type { KeyAlgorithm } from './key-material.ts';

/** A key of the set as the database has it; `gone` keys are no longer part of it. */
export interface KeyFacts {
  id: string;
  algorithm: string;
  state: 'next' | 'active' | 'retiring' | 'gone';
  createdAt: Date;
  activatedAt: Date | null;
  retiredAt: Date | null;
}

export interface KeyPolicy {
  algorithm: KeyAlgorithm;
  /** How long a key is published before it signs: longer than any verifier keeps a key set. */
  publishAheadMs: number;
  /** How long a key signs. */
  rotationMs: number;
  /** How long a key stays published after its last signature: a token's life and some leeway. */
  retainMs: number;
}

/** One step of the state machine next -> active -> retiring -> gone; `remove` leads there from any. */
export type KeyChange =
  | { do: 'create'; state: 'next' | 'active' }
  | { do: 'activate' | 'retire' | 'remove'; id: string };

interface Moment {
  now: number;
  /** When this process started: an older instance does not undo the settings of a newer one. */
  startedAt: number;
  /** Asked for by hand. */
  rotate?: boolean;
}

/**
 * What has to happen to a key set now. There is always one key that signs and, except for a
 * moment, a published next one, so that a compromised key can be dropped without an outage.
 */
export function planKeyChanges(
  keys: readonly KeyFacts[],
  policy: KeyPolicy,
  moment: Moment,
): KeyChange[] {
  const active = keys.find((key) => key.state === 'active');
  const next = keys.find((key) => key.state === 'next');
  const expired = keys
    .filter((key) => isExpired(key, policy, moment.now))
    .map(({ id }): KeyChange => ({ do: 'remove', id }));

  if (!active) {
    const first: KeyChange = next
      ? { do: 'activate', id: next.id }
      : { do: 'create', state: 'active' };
    return [...expired, first, { do: 'create', state: 'next' }];
  }
  if (!next) return [...expired, { do: 'create', state: 'next' }];
  if (next.algorithm !== policy.algorithm && next.createdAt.getTime() < moment.startedAt) {
    return [...expired, { do: 'remove', id: next.id }, { do: 'create', state: 'next' }];
  }
  if (isDue(active, next, policy, moment) && isReady(next, policy, moment.now)) {
    return [
      ...expired,
      { do: 'retire', id: active.id },
      { do: 'activate', id: next.id },
      { do: 'create', state: 'next' },
    ];
  }
  return expired;
}

/** Whether every verifier that refreshes in time has the key by now. */
export const isReady = (key: KeyFacts, { publishAheadMs }: KeyPolicy, now: number): boolean =>
  key.createdAt.getTime() + publishAheadMs <= now;

function isExpired(key: KeyFacts, { retainMs }: KeyPolicy, now: number): boolean {
  return key.state === 'retiring' && (key.retiredAt?.getTime() ?? 0) + retainMs <= now;
}

function isDue(active: KeyFacts, next: KeyFacts, policy: KeyPolicy, moment: Moment): boolean {
  if (moment.rotate) return true;
  if (active.algorithm !== policy.algorithm && next.algorithm === policy.algorithm) return true;
  return (active.activatedAt?.getTime() ?? 0) + policy.rotationMs <= moment.now;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Algorithm } from './algorithms.ts';
import { HeldKeys } from './held-keys.ts';
import { importKeySet } from './key-set.ts';
import type { KeyLookup, KeySource, KeysPending, KeysState } from './key-source.ts';
import type { InProcessKeysOptions, SharedOptions } from './options.ts';
import type { StandardSchema } from './standard-schema.ts';

const RETRY_AFTER_SECONDS = 2;
const READY_POLL_MS = 50;

/** No array, so that even a set without one is looked at. */
const NOTHING = Symbol('nothing');

type Trouble = { readonly cause?: unknown };

/** Keys that this process holds and changes; each check asks for the current set. */
export class InProcessKeys implements KeySource {
  readonly #algorithms: readonly Algorithm[];
  readonly #current: InProcessKeysOptions['current'];
  readonly #held: HeldKeys;
  /** The array that was taken last: as long as it is the same one, nothing changed. */
  #taken: unknown = NOTHING;
  #trouble: Trouble = {};
  #isClosed = false;

  constructor(
    issuer: string,
    algorithms: readonly Algorithm[],
    { current }: InProcessKeysOptions,
    { onEvent }: SharedOptions<StandardSchema | undefined>,
  ) {
    this.#algorithms = algorithms;
    this.#current = current;
    this.#held = new HeldKeys({ issuer, onEvent });
    this.sync();
  }

  /** A set that can't be used also removes the old keys: they are no longer published. */
  sync(): void {
    let jwks: ReturnType<InProcessKeysOptions['current']>;
    try {
      jwks = this.#current();
    } catch (cause) {
      this.#clear(NOTHING, { cause });
      return;
    }
    if (jwks === undefined) this.#clear(NOTHING, {});
    else if (jwks?.keys !== this.#taken) this.#take(jwks, jwks?.keys);
  }

  #take(jwks: unknown, array: unknown): void {
    try {
      const { keys, skipped } = importKeySet(jwks, this.#algorithms);
      this.#held.replace(keys, Number.POSITIVE_INFINITY);
      this.#held.reportSkipped(skipped);
      this.#taken = array;
    } catch (cause) {
      this.#clear(array, { cause });
    }
  }

  find(algorithm: Algorithm, kid: string | undefined): KeyLookup {
    return this.#held.size === 0 ? this.#pending() : this.#held.find(algorithm, kid);
  }

  async settled(): Promise<void> {}

  async ready(timeoutMs: number): Promise<KeysPending | undefined> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      this.sync();
      if (this.#held.size > 0) return undefined;
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || this.#isClosed) return this.#pending();
      await sleep(Math.min(READY_POLL_MS, leftMs));
    }
  }

  remove(kid: string): boolean {
    return this.#held.remove(kid);
  }

  renew(): void {}

  close(): void {
    this.#isClosed = true;
  }

  status(): { keys: KeysState; ageSeconds: null } {
    this.sync();
    return { keys: this.#held.size === 0 ? 'none' : 'fresh', ageSeconds: null };
  }

  #clear(taken: unknown, trouble: Trouble): void {
    this.#taken = taken;
    this.#trouble = trouble;
    if (this.#held.size > 0) this.#held.replace([], Number.NEGATIVE_INFINITY);
  }

  #pending(): KeysPending {
    return { retryAfterSeconds: RETRY_AFTER_SECONDS, worthWaiting: false, ...this.#trouble };
  }
}

import { networkOf } from '@latchkey/service-kit/http/client-network';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import type { Caller } from '../caller.ts';
import { FairQueue } from '../limits/fair-queue.ts';
import { isBcrypt, verifyBcrypt } from './bcrypt.ts';
import { composedPassword } from './composed-password.ts';

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** For whom a hash is computed: each network gets its share. */
export type HashedFor = Pick<Caller, 'address'>;

export interface PasswordHasher {
  /** A PHC string. @throws Problem `too_busy` when the queue is full */
  hash(password: string, caller: HashedFor): Promise<string>;
  /**
   * Takes the same time whether or not there is a hash; a hash of bcrypt takes its own time until
   * it is replaced. @throws Problem `too_busy`
   */
  verify(
    passwordHash: string | null | undefined,
    password: string,
    caller: HashedFor,
  ): Promise<boolean>;
  /** Whether a hash was made otherwise than today's: with other parameters, or by bcrypt. */
  isOutdated(passwordHash: string): boolean;
}

export interface HasherLimits {
  /** Hashes computed at once, one per thread. */
  concurrency: number;
  /** Hashes that may wait; one more is answered 503. */
  queue: number;
}

/** Hashes off the event loop, with a bounded queue that client networks share fairly. */
export async function createPasswordHasher(limits: HasherLimits): Promise<PasswordHasher> {
  const queue = new FairQueue({ concurrency: limits.concurrency, waiting: limits.queue });
  const hashOfNobody = await hash('no password has this hash', ARGON2ID);
  return {
    hash: (password, { address }) =>
      queue.run(networkOf(address), () => hash(composedPassword(password), ARGON2ID)),
    async verify(passwordHash, password, { address }) {
      const matches = await queue.run(networkOf(address), () =>
        passwordHash && isBcrypt(passwordHash)
          ? verifyBcrypt(passwordHash, password)
          : verify(passwordHash ?? hashOfNobody, composedPassword(password)),
      );
      return matches && passwordHash !== null && passwordHash !== undefined;
    },
    isOutdated(passwordHash) {
      if (isBcrypt(passwordHash)) return true;
      const { memoryCost, timeCost, parallelism } = parseOptions(passwordHash);
      return (
        memoryCost !== ARGON2ID.memoryCost ||
        timeCost !== ARGON2ID.timeCost ||
        parallelism !== ARGON2ID.parallelism
      );
    },
  };
}

import { hash, parseOptions, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { problems } from '../errors.ts';
import { isBcrypt, verifyBcrypt } from './bcrypt.ts';
import { composedPassword } from './composed-password.ts';

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const RETRY_AFTER_SECONDS = '1';

export interface PasswordHasher {
  /** A PHC string. @throws Problem `too_busy` when the queue is full */
  hash(password: string): Promise<string>;
  /**
   * Takes the same time whether or not there is a hash; a hash of bcrypt takes its own time until
   * it is replaced. @throws Problem `too_busy`
   */
  verify(passwordHash: string | null | undefined, password: string): Promise<boolean>;
  /** Whether a hash was made otherwise than today's: with other parameters, or by bcrypt. */
  isOutdated(passwordHash: string): boolean;
}

export interface HasherLimits {
  /** Hashes computed at once, each on a thread of its own. */
  concurrency: number;
  /** Hashes that may wait; one more is answered 503. */
  queue: number;
}

/** Hashes off the event loop, with a bounded queue. */
export async function createPasswordHasher(limits: HasherLimits): Promise<PasswordHasher> {
  const limit = pLimit(limits.concurrency);
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount >= limits.queue) {
      throw problems.too_busy({ headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
    }
    return limit(work);
  };
  const hashOfNobody = await hash('no password has this hash', ARGON2ID);
  return {
    hash: async (password) => queued(() => hash(composedPassword(password), ARGON2ID)),
    async verify(passwordHash, password) {
      const matches = await queued(() =>
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

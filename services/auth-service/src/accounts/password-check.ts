import type { Caller } from '../caller.ts';
import type { Limits } from '../limits/limits.ts';
import type { TypedName } from '../names/canonical-name.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { Store } from '../store.ts';
import type { Login } from './user-repository.ts';

interface Dependencies {
  hasher: PasswordHasher;
  limits: Limits;
}

export interface PasswordAttempt {
  name: TypedName;
  password: string;
  caller: Caller;
  clientId?: string | undefined;
}

/** @returns `undefined` for a wrong name or password @throws Problem `too_many_requests` */
export type CheckPassword = (attempt: PasswordAttempt) => Promise<Login | undefined>;

/**
 * Counted by the limits and recorded when it fails, wherever a password is asked for. Takes the
 * same time whether or not the person exists.
 */
export const passwordCheck =
  (
    { users, audit }: Pick<Store, 'users' | 'audit'>,
    { hasher, limits }: Dependencies,
  ): CheckPassword =>
  async ({ name, password, caller, clientId }) => {
    const attempt = await limits.beginLogin({ username: name.canonical, caller });
    try {
      const found = await users.findLogin(name);
      const matches = await hasher.verify(found?.passwordHash, password, caller);
      if (found && matches) {
        await attempt.succeed();
        return found;
      }
      const subject = found?.username ?? name.exact;
      const { backoffSeconds } = attempt;
      const details = backoffSeconds > 0 ? { backoffSeconds } : {};
      await audit.record({ type: 'login.failed', subject, clientId, caller, details });
      attempt.fail();
      return undefined;
    } finally {
      await attempt.close();
    }
  };

import type { Caller } from '../caller.ts';
import type { Limits } from '../limits/limits.ts';
import type { TypedName } from '../names/canonical-name.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { Store } from '../store.ts';
import type { KnownLogin } from './user-repository.ts';

interface Dependencies {
  hasher: PasswordHasher;
  limits: Limits;
  /** Whether a second factor, of those who have one, is still to be asked for. */
  asksForFactor: boolean;
}

export interface PasswordAttempt {
  name: TypedName;
  password: string;
  caller: Caller;
  clientId?: string | undefined;
}

export type CheckedLogin = KnownLogin;

/** @returns `undefined` for a wrong name or password @throws Problem `too_many_requests` */
export type CheckPassword = (attempt: PasswordAttempt) => Promise<CheckedLogin | undefined>;

/**
 * Counted by the limits and recorded when it fails, wherever a password is asked for. Takes the
 * same time whether or not the person exists. A right password forgives no failures where a second
 * factor is still to come: who knows the password could guess at that without end.
 */
export const passwordCheck =
  (
    { users, audit }: Pick<Store, 'users' | 'audit'>,
    { hasher, limits, asksForFactor }: Dependencies,
  ): CheckPassword =>
  async ({ name, password, caller, clientId }) => {
    const attempt = await limits.beginLogin({ username: name.canonical, caller });
    try {
      const found = await users.findLogin(name);
      const matches = await hasher.verify(found?.passwordHash, password, caller);
      if (found && matches) {
        const login = { ...found, hasFactor: asksForFactor && found.hasFactor };
        if (!login.hasFactor) await attempt.succeed();
        return login;
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

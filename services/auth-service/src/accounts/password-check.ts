import { record } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../database.ts';
import type { Limits } from '../limits/limits.ts';
import type { TypedName } from '../names/canonical-name.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { findLogin, type Login } from './user-repository.ts';

interface Dependencies {
  db: Database;
  hasher: PasswordHasher;
  limits: Limits;
}

export interface PasswordAttempt {
  name: TypedName;
  password: string;
  caller: Caller;
  clientId?: string | undefined;
}

/**
 * Counted by the limits and recorded when it fails, wherever a password is asked for. Takes the
 * same time whether or not the person exists.
 *
 * @returns `undefined` for a wrong name or password
 * @throws Problem `too_many_requests` with `Retry-After`
 */
export async function checkPassword(
  { db, hasher, limits }: Dependencies,
  { name, password, caller, clientId }: PasswordAttempt,
): Promise<Login | undefined> {
  const attempt = await limits.beginLogin({ username: name.canonical, caller });
  try {
    const found = await findLogin(db, name);
    const matches = await hasher.verify(found?.passwordHash, password, caller);
    if (found && matches) {
      await attempt.succeed();
      return found;
    }
    const subject = found?.username ?? name.exact;
    const { backoffSeconds } = attempt;
    const details = backoffSeconds > 0 ? { backoffSeconds } : {};
    await record(db, { type: 'login.failed', subject, clientId, caller, details });
    attempt.fail();
    return undefined;
  } finally {
    await attempt.close();
  }
}

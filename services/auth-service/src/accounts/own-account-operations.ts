import type { Person as TokenPerson } from '@latchkey/service-kit/http/person';
import { record } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import { type Database, inTransaction } from '../database.ts';
import { problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import { readTypedName } from '../names/canonical-name.ts';
import { isNearlyUsername, passwordFault } from '../passwords/password-and-username.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import { endSessionsOf } from '../sessions/session-repository.ts';
import type { AccountOperations } from './account-operations.ts';
import { checkPassword } from './password-check.ts';
import { findPerson, type Login, type Person, replacePasswordHash } from './user-repository.ts';

interface Dependencies {
  db: Database;
  hasher: PasswordHasher;
  limits: Limits;
  accounts: AccountOperations;
  now: () => number;
}

export type OwnAccountOperations = ReturnType<typeof ownAccountOperations>;

/**
 * What people do to their own accounts. A token alone is not enough for what cannot be taken back:
 * it takes the password too, and guessing it is limited as at a login.
 */
export function ownAccountOperations(deps: Dependencies) {
  const { db, hasher, limits, accounts, now } = deps;

  const confirm = async (username: string, password: string, caller: Caller): Promise<Login> => {
    const name = readTypedName(username);
    const login =
      name === undefined || isTooLong(password)
        ? undefined
        : await limits.inTurn(caller, () => checkPassword(deps, { name, password, caller }));
    if (!login) throw problems.wrong_password();
    return login;
  };

  return {
    /** @throws Problem `user_not_found` when the account was deleted */
    async read({ id }: TokenPerson): Promise<Person> {
      const person = await findPerson(db, id);
      if (!person) throw problems.user_not_found();
      return person;
    },

    /**
     * Ends every session but the one that asks.
     *
     * @throws Problem `wrong_password`, `too_many_requests`, `password_is_username`
     */
    async changePassword(
      { username }: TokenPerson,
      change: { current: string; next: string; keepSession: string | undefined },
      caller: Caller,
    ): Promise<void> {
      if (isNearlyUsername(change.next, username)) {
        throw problems.password_is_username({ errors: [passwordFault('newPassword')] });
      }
      const login = await confirm(username, change.current, caller);
      const passwordHash = await hasher.hash(change.next, caller);
      await inTransaction(db, async (tx) => {
        const passwordChangedAt = new Date(now());
        const changed = await replacePasswordHash(tx, login, { passwordHash, passwordChangedAt });
        if (!changed) throw problems.wrong_password();
        const ended = await endSessionsOf(tx, login.id, {
          at: passwordChangedAt,
          reason: 'password_changed',
          except: change.keepSession,
        });
        const who = { actor: username, subject: username };
        const details = { sessionsEnded: ended.length };
        await record(tx, { type: 'user.password_changed', ...who, caller, details });
      });
    },

    /**
     * The account and its sessions end; nobody gets the username again.
     *
     * @throws Problem `wrong_password`, `too_many_requests`, `last_admin`
     */
    async remove({ username }: TokenPerson, password: string, caller: Caller): Promise<void> {
      const { passwordHash } = await confirm(username, password, caller);
      await accounts.remove(username, { actor: username, caller }, passwordHash ?? undefined);
    },
  };
}

import type { Person as TokenPerson } from '@latchkey/service-kit/person';
import { record } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import { findClient } from '../clients/client-repository.ts';
import { type Database, inTransaction } from '../database.ts';
import { problems } from '../errors.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import { endSessionsOf } from '../sessions/session-repository.ts';
import {
  createUser,
  findLogin,
  findPerson,
  type Person,
  replacePasswordHash,
} from './user-repository.ts';
import { skeletonOf } from './username-rules.ts';

interface Dependencies {
  db: Database;
  hasher: PasswordHasher;
  now: () => number;
}

export interface NewUser {
  username: string;
  password: string;
  roles?: string[];
}

export type AccountOperations = ReturnType<typeof accountOperations>;

export function accountOperations({ db, hasher, now }: Dependencies) {
  return {
    /** @throws Problem `username_taken` */
    async register({ username, password, roles }: NewUser, caller: Caller): Promise<Person> {
      const passwordHash = await hasher.hash(password);
      const skeleton = skeletonOf(username);
      const user = { username, skeleton, passwordHash, ...(roles ? { roles } : {}) };
      return inTransaction(db, async (tx) => {
        // A client's own tokens have its id as their `sub`: no person may share it.
        if (await findClient(tx, username)) throw problems.username_taken();
        const person = await createUser(tx, user);
        if (!person) throw problems.username_taken();
        const details = { id: person.id, roles: person.roles };
        const who = { actor: username, subject: username };
        await record(tx, { type: 'user.registered', ...who, caller, details });
        return person;
      });
    },

    /** @throws Problem `user_not_found` for somebody whose account is gone */
    async read({ id }: TokenPerson): Promise<Person> {
      const person = await findPerson(db, id);
      if (!person) throw problems.user_not_found();
      return person;
    },

    /**
     * Ends every session but the one that asks.
     *
     * @throws Problem `wrong_password`
     */
    async changePassword(
      { username }: TokenPerson,
      change: { current: string; next: string; keepSession: string | undefined },
      caller: Caller,
    ): Promise<void> {
      const login = await findLogin(db, username);
      const matches =
        !isTooLong(change.current) && (await hasher.verify(login?.passwordHash, change.current));
      if (!login || !matches) throw problems.wrong_password();
      const passwordHash = await hasher.hash(change.next);
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
  };
}

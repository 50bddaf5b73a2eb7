import type { Person as TokenPerson } from '@latchkey/service-kit/person';
import { record } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import { findAnyClient } from '../clients/client-repository.ts';
import { type Database, inTransaction, type Tx } from '../database.ts';
import { problems } from '../errors.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import { endSessionsOf } from '../sessions/session-repository.ts';
import { skeletonOf } from './skeleton.ts';
import {
  createUser,
  findLogin,
  findPerson,
  holdAdmins,
  isAccount,
  markDeleted,
  type Person,
  replacePasswordHash,
  setDeactivated,
} from './user-repository.ts';

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

/** Who asked for an act upon somebody's account. */
export interface Order {
  actor: string;
  caller: Caller;
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
        if (await findAnyClient(tx, username)) throw problems.username_taken();
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

    /**
     * The account and its sessions end; nobody gets the username again.
     *
     * @throws Problem `wrong_password`, `last_admin`
     */
    async deleteOwn({ username }: TokenPerson, password: string, caller: Caller): Promise<void> {
      const login = await findLogin(db, username);
      const matches = !isTooLong(password) && (await hasher.verify(login?.passwordHash, password));
      if (!login || !matches) throw problems.wrong_password();
      await remove(username, { actor: username, caller });
    },

    /** @throws Problem `user_not_found`, `last_admin` */
    deleteAccount: (username: string, order: Order): Promise<void> => remove(username, order),

    /**
     * No login, no refresh, every session ended, until it is reactivated. Again does nothing.
     *
     * @throws Problem `user_not_found`, `last_admin`
     */
    async deactivate(username: string, { actor, caller }: Order): Promise<void> {
      await inTransaction(db, async (tx) => {
        const at = new Date(now());
        const admins = await holdAdmins(tx);
        const person = await setDeactivated(tx, username, at);
        if (!person) return mustExist(tx, username);
        keepAnAdmin(admins, person.id);
        await endSessionsOf(tx, person.id, { at, reason: 'deactivated' });
        await record(tx, { type: 'user.deactivated', actor, subject: username, caller });
      });
    },

    /** @throws Problem `user_not_found` */
    async reactivate(username: string, { actor, caller }: Order): Promise<void> {
      await inTransaction(db, async (tx) => {
        if (!(await setDeactivated(tx, username, null))) return mustExist(tx, username);
        await record(tx, { type: 'user.reactivated', actor, subject: username, caller });
      });
    },
  };

  async function remove(username: string, { actor, caller }: Order): Promise<void> {
    await inTransaction(db, async (tx) => {
      const at = new Date(now());
      const admins = await holdAdmins(tx);
      const person = await markDeleted(tx, username, at);
      if (!person) throw problems.user_not_found();
      keepAnAdmin(admins, person.id);
      await endSessionsOf(tx, person.id, { at, reason: 'deleted' });
      await record(tx, { type: 'user.deleted', actor, subject: username, caller });
    });
  }
}

async function mustExist(tx: Tx, username: string): Promise<void> {
  if (!(await isAccount(tx, username))) throw problems.user_not_found();
}

/** Without one, nobody could make another. */
export function keepAnAdmin(admins: readonly number[], leaving: number): void {
  if (admins.length === 1 && admins[0] === leaving) throw problems.last_admin();
}

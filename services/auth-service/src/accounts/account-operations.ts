import { record } from '../audit/audit-repository.ts';
import type { AuditContext } from '../caller.ts';
import { type Database, inTransaction, type Tx } from '../database.ts';
import { problems } from '../errors.ts';
import { programSkeletons } from '../names/program-names.ts';
import { skeletonOf } from '../names/skeleton.ts';
import { isNearlyUsername, passwordFault } from '../passwords/password-and-username.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { endSessionsOf } from '../sessions/session-repository.ts';
import {
  createUser,
  holdAdmins,
  isAccount,
  markDeleted,
  type Person,
  setDeactivated,
} from './user-repository.ts';

interface Dependencies {
  db: Database;
  hasher: Pick<PasswordHasher, 'hash'>;
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
    /**
     * @param audit its actor is the new person, unless another person creates the account
     * @throws Problem `username_taken`, `password_is_username`
     */
    async register(
      { username, password, roles }: NewUser,
      { actor = username, caller }: Pick<AuditContext, 'caller'> & Partial<AuditContext>,
    ): Promise<Person> {
      if (isNearlyUsername(password, username)) {
        throw problems.password_is_username({ errors: [passwordFault('password')] });
      }
      const passwordHash = await hasher.hash(password, caller);
      const skeleton = skeletonOf(username);
      const user = { username, passwordHash, ...(roles ? { roles } : {}) };
      return inTransaction(db, async (tx) => {
        const programs = await programSkeletons(tx, [skeleton]);
        if (programs.has(skeleton)) throw problems.username_taken();
        const person = await createUser(tx, user);
        if (!person) throw problems.username_taken();
        const details = { id: person.id, roles: person.roles };
        const who = { actor, subject: username };
        await record(tx, { type: 'user.registered', ...who, caller, details });
        return person;
      });
    },

    /**
     * The account and its sessions end; nobody gets the username again.
     *
     * @param passwordHash when the password was asked for: the one that was checked
     * @throws Problem `user_not_found`, `last_admin`, and `wrong_password` when the password was changed concurrently
     */
    async remove(username: string, audit: AuditContext, passwordHash?: string): Promise<void> {
      await inTransaction(db, async (tx) => {
        const at = new Date(now());
        const admins = await holdAdmins(tx);
        const person = await markDeleted(tx, { username, passwordHash }, at);
        if (!person) throw passwordHash ? problems.wrong_password() : problems.user_not_found();
        keepAnAdmin(admins, person.id);
        await endSessionsOf(tx, person.id, { at, reason: 'deleted' });
        await record(tx, { type: 'user.deleted', ...audit, subject: username });
      });
    },

    /**
     * No login, no refresh, every session ended, until it is reactivated. Again does nothing.
     *
     * @throws Problem `user_not_found`, `last_admin`
     */
    async deactivate(username: string, audit: AuditContext): Promise<void> {
      await inTransaction(db, async (tx) => {
        const at = new Date(now());
        const admins = await holdAdmins(tx);
        const person = await setDeactivated(tx, username, at);
        if (!person) return mustExist(tx, username);
        keepAnAdmin(admins, person.id);
        await endSessionsOf(tx, person.id, { at, reason: 'deactivated' });
        await record(tx, { type: 'user.deactivated', ...audit, subject: username });
      });
    },

    /** @throws Problem `user_not_found` */
    async reactivate(username: string, audit: AuditContext): Promise<void> {
      await inTransaction(db, async (tx) => {
        if (!(await setDeactivated(tx, username, null))) return mustExist(tx, username);
        await record(tx, { type: 'user.reactivated', ...audit, subject: username });
      });
    },
  };
}

async function mustExist(tx: Tx, username: string): Promise<void> {
  if (!(await isAccount(tx, username))) throw problems.user_not_found();
}

/** Without one, nobody could make another. */
export function keepAnAdmin(admins: readonly number[], leaving: number): void {
  if (admins.length === 1 && admins[0] === leaving) throw problems.last_admin();
}

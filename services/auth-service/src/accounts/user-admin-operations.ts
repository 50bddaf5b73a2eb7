import { fromCursor, toPage } from '@latchkey/service-kit/http/pagination';
import { rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { record } from '../audit/audit-repository.ts';
import type { AuditContext } from '../caller.ts';
import { type Database, inTransaction } from '../database.ts';
import { problems } from '../errors.ts';
import { readTypedName } from '../names/canonical-name.ts';
import type { SessionOperations } from '../sessions/session-operations.ts';
import type { Session } from '../sessions/session-repository.ts';
import { type AccountOperations, keepAnAdmin } from './account-operations.ts';
import {
  type Account,
  findAccount,
  findAccountNamed,
  holdAdmins,
  listAccounts,
  setRoles,
} from './user-repository.ts';

interface Dependencies {
  db: Database;
  accounts: AccountOperations;
  sessions: SessionOperations;
}

export type UserAdminOperations = ReturnType<typeof userAdminOperations>;

export interface AccountChange {
  roles?: string[] | undefined;
  active?: boolean | undefined;
}

/** What an administrator does to people. All throw Problem `user_not_found`. */
export function userAdminOperations({ db, accounts, sessions }: Dependencies) {
  const read = async (id: number): Promise<Account> => {
    const account = await findAccount(db, id);
    if (!account) throw problems.user_not_found();
    return account;
  };

  return {
    read,

    /** @param typed in whatever case, with spaces around it */
    async readNamed(typed: string): Promise<Account> {
      const name = readTypedName(typed);
      const account = name && (await findAccountNamed(db, name));
      if (!account) throw problems.user_not_found();
      return account;
    },

    async list(query: { search: string | undefined; cursor: string | undefined; limit: number }) {
      const { search, cursor, limit } = query;
      const [after] = cursor === undefined ? [0] : fromCursor(z.tuple([rowNumber]), cursor);
      const rows = await listAccounts(db, { search, after, limit: limit + 1 });
      const { page: users, next } = toPage(rows, limit, ({ id }) => [id]);
      return { users, next };
    },

    /** @throws Problem `last_admin` */
    async change(
      id: number,
      { roles, active }: AccountChange,
      audit: AuditContext,
    ): Promise<Account> {
      const { username, deletedAt } = await read(id);
      if (deletedAt) throw problems.user_not_found();
      if (roles) await changeRoles(id, roles, audit);
      if (active === true) await accounts.reactivate(username, audit);
      if (active === false) await accounts.deactivate(username, audit);
      return read(id);
    },

    /** @throws Problem `last_admin` */
    async remove(id: number, audit: AuditContext): Promise<void> {
      const { username } = await read(id);
      await accounts.remove(username, audit);
    },

    async sessions(id: number): Promise<Session[]> {
      await read(id);
      return sessions.list({ id });
    },

    async endSessions(id: number, audit: AuditContext): Promise<void> {
      await sessions.endAllOf(await read(id), audit);
    },
  };

  async function changeRoles(id: number, roles: string[], audit: AuditContext) {
    await inTransaction(db, async (tx) => {
      const admins = await holdAdmins(tx);
      const before = await findAccount(tx, id);
      if (!before || before.deletedAt) throw problems.user_not_found();
      if (!roles.includes('admin')) keepAnAdmin(admins, id);
      await setRoles(tx, id, roles);
      const details = { before: before.roles, after: roles };
      const event = { ...audit, subject: before.username, details };
      await record(tx, { type: 'user.roles_changed', ...event });
    });
  }
}

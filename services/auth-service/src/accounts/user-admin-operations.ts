import type { AuditContext } from '../caller.ts';
import { problems } from '../errors.ts';
import { readTypedName } from '../names/canonical-name.ts';
import type { SessionOperations } from '../sessions/session-operations.ts';
import type { ListedSession } from '../sessions/session-repository.ts';
import type { Store } from '../store.ts';
import { type AccountOperations, keepAnAdmin } from './account-operations.ts';
import type { Account, AccountFilters, AccountPage, UserRepository } from './user-repository.ts';

interface Dependencies {
  accounts: AccountOperations;
  sessions: SessionOperations;
  sendsMail: boolean;
  now: () => number;
}

export type UserAdminOperations = ReturnType<typeof userAdminOperations>;

export interface AccountChange {
  roles?: string[] | undefined;
  active?: boolean | undefined;
}

/** What an administrator does to people. All throw Problem `user_not_found`. */
export function userAdminOperations(
  { users, transaction }: Pick<Store, 'users' | 'transaction'>,
  { accounts, sessions, sendsMail, now }: Dependencies,
) {
  const read = (id: number): Promise<Account> => existing(users, id);

  return {
    read,

    /** @param typed in any case, with spaces around it */
    async readNamed(typed: string): Promise<Account> {
      const name = readTypedName(typed);
      const account = name && (await users.findAccountNamed(name));
      if (!account) throw problems.user_not_found();
      return account;
    },

    list: (filters: AccountFilters, page: AccountPage): Promise<Account[]> =>
      users.listAccounts(filters, page),

    /**
     * Who is deactivated has no login, no refresh and no session until reactivated. Again does
     * nothing.
     *
     * @throws Problem `last_admin`
     */
    change: (id: number, { roles, active }: AccountChange, by: AuditContext): Promise<Account> =>
      transaction(async ({ users, endings, audit }) => {
        const admins = await users.holdAdmins();
        const before = await existing(users, id);
        if (before.deletedAt) throw problems.user_not_found();
        if (active === false || (roles && !roles.includes('admin'))) keepAnAdmin(admins, id);
        const event = { ...by, subject: before.username };
        const at = new Date(now());
        if (roles) {
          await endings.setRoles(id, roles, at);
          const details = { before: before.roles, after: roles };
          await audit.record({ type: 'user.roles_changed', ...event, details });
        }
        if (active === true && (await users.reactivate(id))) {
          await audit.record({ type: 'user.reactivated', ...event });
        }
        if (active === false && (await endings.deactivate(id, at))) {
          await audit.record({ type: 'user.deactivated', ...event });
        }
        return existing(users, id);
      }),

    /** @throws Problem `last_admin` */
    remove: (id: number, by: AuditContext): Promise<void> => accounts.remove(id, by),

    async sessions(id: number): Promise<ListedSession[]> {
      await read(id);
      return sessions.list({ id });
    },

    /**
     * Takes all second factors away, for a person who lost them: the password is enough again. Nothing
     * happens when there are none.
     *
     * @param language of the mail about it
     */
    resetFactors: (id: number, by: AuditContext, language: string): Promise<void> =>
      transaction(async ({ users, factors, endings, outgoingMails, audit }) => {
        await factors.hold(id);
        const { username } = await existing(users, id);
        if (!(await factors.removeAll(id))) return;
        const ended = await endings.endSessions(id, {
          at: new Date(now()),
          reason: 'factors_reset',
        });
        const mail = { kind: 'factors_reset' as const, userId: id, language };
        if (sendsMail) await outgoingMails.add(mail, now());
        const event = { ...by, subject: username };
        await audit.recordAll([
          { type: 'factor.reset', ...event },
          ...ended.map((sessionId) => ({
            type: 'session.ended' as const,
            ...event,
            details: { sessionId },
          })),
        ]);
      }),

    async endSessions(id: number, by: AuditContext): Promise<void> {
      await sessions.endAllOf(await read(id), by);
    },
  };
}

async function existing(users: Pick<UserRepository, 'findAccount'>, id: number): Promise<Account> {
  const account = await users.findAccount(id);
  if (!account) throw problems.user_not_found();
  return account;
}

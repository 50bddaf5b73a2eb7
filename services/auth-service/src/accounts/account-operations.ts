import type { AuditContext, Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import { skeletonOf } from '../names/skeleton.ts';
import { isNearlyUsername, passwordFault } from '../passwords/password-and-username.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { Store, Transaction } from '../store.ts';
import type { NewUser, Person } from './user-repository.ts';

interface Dependencies {
  hasher: Pick<PasswordHasher, 'hash'>;
  now: () => number;
}

export interface Registration {
  username: string;
  password: string;
  roles?: string[];
  /** Sent a link, to be verified by. */
  email?: string | undefined;
}

interface RegisteredBy {
  actor?: string;
  caller: Caller;
  /** Of mails. */
  language?: string;
}

export type AccountOperations = ReturnType<typeof accountOperations>;

/** How accounts begin and end, for the person and for administrators. */
export function accountOperations(
  { transaction }: Pick<Store, 'transaction'>,
  { hasher, now }: Dependencies,
) {
  return {
    /**
     * @param by its actor is the new person, unless another person creates the account
     * @throws Problem `username_taken`, `password_is_username`
     */
    async register(
      { username, password, roles, email }: Registration,
      { actor = username, caller, language = 'en' }: RegisteredBy,
    ): Promise<Person> {
      if (isNearlyUsername(password, username)) {
        throw problems.password_is_username({ errors: [passwordFault('password')] });
      }
      const passwordHash = await hasher.hash(password, caller);
      return transaction(async (repositories) => {
        const account = { username, passwordHash, roles, email };
        const person = await createAccount(repositories, account, { actor, caller });
        if (email !== undefined) {
          const mail = { kind: 'verify_email' as const, userId: person.id, language };
          await repositories.outgoingMails.add(mail, now());
        }
        return person;
      });
    },

    /**
     * The account, its sessions and their tokens end; its username is not given out again.
     *
     * @param passwordHash when the password was asked for: the one that was checked
     * @throws Problem `user_not_found`, `last_admin`, and `wrong_password` when the password was changed concurrently
     */
    remove: (id: number, by: AuditContext, passwordHash?: string): Promise<void> =>
      transaction(async (repositories) => {
        const { users, endings, consents, factors, providers, audit } = repositories;
        const { outgoingMails, mailedLinks } = repositories;
        const admins = await users.holdAdmins();
        const username = await endings.deleteAccount({ id, passwordHash }, new Date(now()));
        if (username === null) {
          throw passwordHash ? problems.wrong_password() : problems.user_not_found();
        }
        keepAnAdmin(admins, id);
        await consents.removeAll(id);
        await factors.removeAll(id);
        await outgoingMails.removeAllOf(id);
        await mailedLinks.removeAllOf(id);
        await providers.removeAll(id);
        await audit.record({ type: 'user.deleted', ...by, subject: username });
      }),
  };
}

/**
 * A new account with its record, in the transaction that is given.
 *
 * @throws Problem `username_taken`
 */
export async function createAccount(
  { names, users, audit }: Pick<Transaction, 'names' | 'users' | 'audit'>,
  account: NewUser,
  { actor, caller }: AuditContext,
): Promise<Person> {
  const { username } = account;
  const skeleton = skeletonOf(username);
  const programs = await names.holdProgramSkeletons([skeleton]);
  if (programs.has(skeleton)) throw problems.username_taken();
  const person = await users.create(account);
  if (!person) throw problems.username_taken();
  const details = { id: person.id, roles: person.roles };
  await audit.record({ type: 'user.registered', actor, subject: username, caller, details });
  return person;
}

/** Without one, no account could become another. */
export function keepAnAdmin(admins: readonly number[], leaving: number): void {
  if (admins.length === 1 && admins[0] === leaving) throw problems.last_admin();
}

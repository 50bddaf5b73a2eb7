import type { Person as TokenPerson } from '@latchkey/service-kit/http/person';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import { readTypedName } from '../names/canonical-name.ts';
import { isNearlyUsername, passwordFault } from '../passwords/password-and-username.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import type { Store, Transaction } from '../store.ts';
import type { AccountOperations } from './account-operations.ts';
import type { CheckPassword } from './password-check.ts';
import type { Login, Person } from './user-repository.ts';

interface Dependencies {
  hasher: PasswordHasher;
  limits: Limits;
  checkPassword: CheckPassword;
  accounts: AccountOperations;
  sendsMail: boolean;
  now: () => number;
}

interface PasswordChange {
  caller: Caller;
  /** Of the mail about it. */
  language: string;
  sessionsEnded: number;
}

export type OwnAccountOperations = ReturnType<typeof ownAccountOperations>;

/**
 * What people do to their own accounts. A token alone is not enough for what cannot be taken back:
 * it takes the password too, and guessing it is limited as at a login.
 */
export function ownAccountOperations(
  { users, transaction }: Pick<Store, 'users' | 'transaction'>,
  { hasher, limits, checkPassword, accounts, sendsMail, now }: Dependencies,
) {
  const confirm = async (username: string, password: string, caller: Caller): Promise<Login> => {
    const name = readTypedName(username);
    const login =
      name === undefined || isTooLong(password)
        ? undefined
        : await limits.inTurn(caller, () => checkPassword({ name, password, caller }));
    if (!login) throw problems.wrong_password();
    return login;
  };

  /** The person learns of it, who may not have done it. */
  const tellOfPassword = async (
    { outgoingMails, audit }: Transaction,
    { id: userId, username }: Pick<Login, 'id' | 'username'>,
    { caller, language, sessionsEnded }: PasswordChange,
  ): Promise<void> => {
    if (sendsMail) await outgoingMails.add({ kind: 'password_changed', userId, language }, now());
    const who = { actor: username, subject: username };
    await audit.record({
      type: 'user.password_changed',
      ...who,
      caller,
      details: { sessionsEnded },
    });
  };

  return {
    /** @throws Problem `wrong_password`, `too_many_requests` */
    confirm,

    /** @throws Problem `user_not_found` when the account was deleted */
    async read({ id }: TokenPerson): Promise<Person> {
      const person = await users.find(id);
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
      change: { current: string; next: string; keepSession: string | undefined; language: string },
      caller: Caller,
    ): Promise<void> {
      if (isNearlyUsername(change.next, username)) {
        throw problems.password_is_username({ errors: [passwordFault('newPassword')] });
      }
      const login = await confirm(username, change.current, caller);
      const passwordHash = await hasher.hash(change.next, caller);
      await transaction(async (repositories) => {
        const to = { passwordHash, at: new Date(now()) };
        const { endings } = repositories;
        const sessionsEnded = await endings.changePassword(login, to, change.keepSession);
        if (sessionsEnded === null) throw problems.wrong_password();
        const { language } = change;
        const person = { id: login.id, username };
        await tellOfPassword(repositories, person, { caller, language, sessionsEnded });
      });
    },

    /**
     * A first password, for a person who signed in just now without one; no session ends. A password that
     * is there stays.
     *
     * @throws Problem `password_is_username`, `too_many_requests`, `too_busy`
     */
    async addPassword(
      person: Pick<Login, 'id' | 'username'>,
      password: string,
      { caller, language }: Omit<PasswordChange, 'sessionsEnded'>,
    ): Promise<void> {
      if (isNearlyUsername(password, person.username)) {
        throw problems.password_is_username({ errors: [passwordFault('password')] });
      }
      const passwordHash = await limits.inTurn(caller, () => hasher.hash(password, caller));
      await transaction(async (repositories) => {
        const at = new Date(now());
        const isSet = await repositories.users.setFirstPassword(person.id, passwordHash, at);
        if (isSet)
          await tellOfPassword(repositories, person, { caller, language, sessionsEnded: 0 });
      });
    },

    /**
     * The account and its sessions end; its username is not given out again.
     *
     * @throws Problem `wrong_password`, `too_many_requests`, `last_admin`
     */
    async remove({ username }: TokenPerson, password: string, caller: Caller): Promise<void> {
      const { id, passwordHash } = await confirm(username, password, caller);
      await accounts.remove(id, { actor: username, caller }, passwordHash ?? undefined);
    },
  };
}

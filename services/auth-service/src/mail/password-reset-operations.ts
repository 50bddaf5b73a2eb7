import { hashOf } from '@latchkey/service-kit/http/secrets';
import type { Caller } from '../caller.ts';
import { OAuthProblem, problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import { readTypedName } from '../names/canonical-name.ts';
import { isNearlyUsername, passwordFault } from '../passwords/password-and-username.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { Store } from '../store.ts';

interface Dependencies {
  hasher: Pick<PasswordHasher, 'hash'>;
  limits: Pick<Limits, 'countMailRequest' | 'inTurn'>;
  now: () => number;
}

export type PasswordResetOperations = ReturnType<typeof passwordResetOperations>;

/** A new password for a person who forgot the one before, by a link to a verified address. */
export function passwordResetOperations(
  { users, mailedLinks, transaction }: Pick<Store, 'users' | 'mailedLinks' | 'transaction'>,
  { hasher, limits, now }: Dependencies,
) {
  const find = (token: string) =>
    mailedLinks.find(hashOf(token), 'reset_password', new Date(now()));

  return {
    /**
     * Looks up nobody, so that neither its answer nor its time depends on who exists: that is left to
     * the queue of mails.
     *
     * @param login a username or an email address, as typed
     * @throws Problem `too_many_requests`, `invalid_request` when it is longer than any
     */
    async request(login: string, language: string, caller: Caller): Promise<void> {
      await limits.countMailRequest(caller);
      const name = readTypedName(login);
      if (name === undefined) {
        throw new OAuthProblem('invalid_request', { detail: 'login is too long.' });
      }
      await transaction(async ({ outgoingMails, audit }) => {
        await outgoingMails.add({ kind: 'reset_password', login: name.exact, language }, now());
        await audit.record({ type: 'password_reset.requested', subject: name.exact, caller });
      });
    },

    /** Whether a link is still good. */
    isGood: async (token: string): Promise<boolean> => (await find(token)) !== null,

    /**
     * Uses the link up; every session ends, and the next sign-in asks for the second factor as ever.
     *
     * @throws Problem `link_not_good`, `password_is_username`, `too_many_requests`, `too_busy`
     */
    async reset(token: string, password: string, language: string, caller: Caller): Promise<void> {
      const link = await find(token);
      const login = link && (await users.findLoginById(link.userId));
      if (!login) {
        await limits.countMailRequest(caller);
        throw problems.link_not_good();
      }
      const { id: userId, username } = login;
      if (isNearlyUsername(password, username)) {
        throw problems.password_is_username({ errors: [passwordFault('password')] });
      }
      const passwordHash = await limits.inTurn(caller, () => hasher.hash(password, caller));
      await transaction(async ({ mailedLinks, endings, outgoingMails, audit }) => {
        const at = new Date(now());
        const isUsed = await mailedLinks.use(hashOf(token), 'reset_password', at);
        const sessionsEnded = isUsed
          ? await endings.changePassword(login, { passwordHash, at }, undefined)
          : null;
        if (sessionsEnded === null) throw problems.link_not_good();
        await outgoingMails.add({ kind: 'password_changed', userId, language }, now());
        const who = { actor: username, subject: username, caller };
        const details = { sessionsEnded, by: 'mailed_link' };
        await audit.record({ type: 'user.password_changed', ...who, details });
      });
    },
  };
}

import { hashOf } from '@latchkey/service-kit/http/secrets';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { Store } from '../store.ts';
import { isVerified } from './email-address.ts';

/** A person whose password was checked just now. */
interface Confirmed {
  id: number;
  username: string;
  passwordHash: string | null;
}

interface Dependencies {
  /** @throws Problem `wrong_password`, `too_many_requests` */
  confirmPassword: (username: string, password: string, caller: Caller) => Promise<Confirmed>;
  limits: Pick<Limits, 'countEmailChange' | 'countMailRequest'>;
  sendsMail: boolean;
  now: () => number;
}

interface EmailChange {
  /** Null removes it. */
  email: string | null;
  password: string;
  language: string;
}

export type EmailOperations = ReturnType<typeof emailOperations>;

/** A person's email address. Whoever has it can set a new password, so it takes the password. */
export function emailOperations(
  { users, mailedLinks, transaction }: Pick<Store, 'users' | 'mailedLinks' | 'transaction'>,
  { confirmPassword, limits, sendsMail, now }: Dependencies,
) {
  return {
    /**
     * The new address counts once a link sent there was opened; until then the verified one before it does.
     *
     * @throws Problem `no_mail`, `wrong_password`, `too_many_requests`
     */
    async change(
      username: string,
      { email, password, language }: EmailChange,
      caller: Caller,
    ): Promise<void> {
      if (email !== null && !sendsMail) throw problems.no_mail();
      const login = await confirmPassword(username, password, caller);
      const { id: userId } = login;
      if (email !== null) await limits.countEmailChange(userId);
      await transaction(async ({ users, mailedLinks, outgoingMails, audit }) => {
        const before = await users.setEmail(login, email);
        if (!before) throw problems.wrong_password();
        // Links to an address before are worth nothing.
        await mailedLinks.removeAllOf(userId);
        const { verifiedEmail } = before;
        if (email !== null && !isVerified({ email, verifiedEmail })) {
          await outgoingMails.add({ kind: 'verify_email', userId, language }, now());
        }
        if (sendsMail && verifiedEmail !== null && !isVerified({ email, verifiedEmail })) {
          const notice = { kind: 'email_changed' as const, userId, recipient: verifiedEmail };
          await outgoingMails.add({ ...notice, language }, now());
        }
        const who = { actor: username, subject: username, caller };
        const details = { removed: email === null };
        await audit.record({ type: 'user.email_changed', ...who, details });
      });
    },

    /** What a link would confirm; null when it is no longer good. */
    async find(token: string): Promise<{ username: string; email: string } | null> {
      const link = await mailedLinks.find(hashOf(token), 'verify_email', new Date(now()));
      const person = link && (await users.find(link.userId));
      return person && { username: person.username, email: link.email };
    },

    /** Uses the link up. @throws Problem `link_not_good`, `email_taken`, `too_many_requests` */
    async verify(token: string, caller: Caller): Promise<void> {
      const at = new Date(now());
      const hash = hashOf(token);
      const link = await mailedLinks.find(hash, 'verify_email', at);
      if (!link) {
        await limits.countMailRequest(caller);
        throw problems.link_not_good();
      }
      const { userId, email } = link;
      await transaction(async ({ users, mailedLinks, audit }) => {
        const isUsed = await mailedLinks.use(hash, 'verify_email', at);
        const username = isUsed && (await users.verifyEmail(userId, email));
        if (!username) throw problems.link_not_good();
        const who = { actor: username, subject: username, caller };
        await audit.record({ type: 'user.email_verified', ...who });
      });
    },
  };
}

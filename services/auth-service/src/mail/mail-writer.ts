import type { Limits } from '../limits/limits.ts';
import { readTypedName } from '../names/canonical-name.ts';
import { hashOf, newSecret } from '../secrets.ts';
import type { Store } from '../store.ts';
import { emailKeyOf } from './email-address.ts';
import { type MailBrand, messageOf } from './mail-message.ts';
import type { Message } from './mail-sender.ts';
import type { LinkPurpose } from './mailed-link-repository.ts';
import type { OutgoingMail } from './outgoing-mail-repository.ts';

interface Dependencies {
  issuer: string;
  brand: MailBrand;
  limits: Pick<Limits, 'mayMail'>;
  now: () => number;
}

/** What is to be sent now: nothing where there is nobody to send it to. */
export type WriteMail = (mail: OutgoingMail) => Promise<Message[]>;

const LINKS: Readonly<Record<LinkPurpose, { path: string; seconds: number }>> = {
  reset_password: { path: '/reset-password', seconds: 1_800 },
  verify_email: { path: '/verify-email', seconds: 86_400 },
};

/** Finds the people behind a mail and makes the links in it, which rest nowhere but in the mail. */
export function mailWriter(
  { users, mailedLinks }: Pick<Store, 'users' | 'mailedLinks'>,
  { issuer, brand, limits, now }: Dependencies,
): WriteMail {
  const linkFor = async (purpose: LinkPurpose, userId: number, email: string): Promise<string> => {
    const secret = newSecret();
    const { path, seconds } = LINKS[purpose];
    const expiresAt = new Date(now() + seconds * 1000);
    await mailedLinks.add({ hash: hashOf(secret), purpose, userId, email, expiresAt });
    // Never by the request's Host: whoever sent it would choose where the link leads.
    return `${issuer}${path}?token=${secret}`;
  };

  const resets = async (mail: OutgoingMail): Promise<Message[]> => {
    const name = readTypedName(mail.login ?? '');
    if (!name) return [];
    const messages: Message[] = [];
    for (const { id, username, verifiedEmail } of await users.findReachable(name)) {
      if (verifiedEmail === null || !(await limits.mayMail(id))) continue;
      const link = await linkFor('reset_password', id, verifiedEmail);
      messages.push(messageOf(mail, { username, address: verifiedEmail, link }, brand));
    }
    return messages;
  };

  return async (mail) => {
    if (mail.kind === 'reset_password') return resets(mail);
    const person = mail.userId === null ? null : await users.find(mail.userId);
    if (!person) return [];
    const { id, username, email, verifiedEmail } = person;
    if (mail.kind === 'verify_email') {
      if (email === null) return [];
      const link = await linkFor('verify_email', id, emailKeyOf(email));
      return [messageOf(mail, { username, address: email, link }, brand)];
    }
    const address = mail.recipient ?? verifiedEmail;
    if (address === null) return [];
    return [messageOf(mail, { username, address, link: `${issuer}/forgot-password` }, brand)];
  };
}

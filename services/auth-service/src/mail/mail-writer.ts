import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import type { Limits } from '../limits/limits.ts';
import { readTypedName } from '../names/canonical-name.ts';
import type { Store } from '../store.ts';
import { emailKeyOf } from './email-address.ts';
import { type MailBrand, messageOf } from './mail-message.ts';
import type { Message } from './mail-sender.ts';
import type { LinkPurpose } from './mailed-link-repository.ts';
import type { OutgoingMail } from './outgoing-mail-repository.ts';

interface Dependencies {
  issuer: string;
  brand: MailBrand;
  limits: Pick<Limits, 'mayMailReset' | 'mayMailAddress'>;
  now: () => number;
}

/** What is to be sent now; undefined where there is nobody to send it to. */
export type WriteMail = (mail: OutgoingMail) => Promise<Message | undefined>;

const LINKS: Readonly<Record<LinkPurpose, { path: string; seconds: number }>> = {
  reset_password: { path: '/reset-password', seconds: 1_800 },
  verify_email: { path: '/verify-email', seconds: 86_400 },
};

/** Finds the people behind a mail and makes the links in it, which rest nowhere but in the mail. */
export function mailWriter(
  { users, mailedLinks, outgoingMails }: Pick<Store, 'users' | 'mailedLinks' | 'outgoingMails'>,
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

  /** A mail of its own for each: what becomes of one is nothing to the others. Counted once, here. */
  const spread = async (mail: OutgoingMail): Promise<void> => {
    const name = readTypedName(mail.login ?? '');
    const found = name ? await users.findReachable(name) : [];
    const userIds: number[] = [];
    for (const { id } of found) if (await limits.mayMailReset(id)) userIds.push(id);
    await outgoingMails.spread(mail.id, userIds, new Date(now()));
  };

  return async (mail) => {
    const { kind, userId } = mail;
    if (userId === null) {
      await spread(mail);
      return undefined;
    }
    const person = await users.find(userId);
    if (!person) return undefined;
    const { username, email, verifiedEmail } = person;
    const address = kind === 'verify_email' ? email : (mail.recipient ?? verifiedEmail);
    if (address === null) return undefined;
    if (kind !== 'verify_email' && kind !== 'reset_password') {
      return messageOf(mail, { username, address, link: `${issuer}/forgot-password` }, brand);
    }
    const key = emailKeyOf(address);
    // Only the first time: an outage of the mail server uses nothing up.
    const isCounted = kind === 'verify_email' && mail.attempts === 1;
    if (isCounted && !(await limits.mayMailAddress(key))) return undefined;
    const link = await linkFor(kind, userId, key);
    return messageOf(mail, { username, address, link }, brand);
  };
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@latchkey/service-kit/testing/harness';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { startMailQueue } from '../src/mail/mail-queue.ts';
import { openMailSender } from '../src/mail/mail-sender.ts';
import { toMailSettings } from '../src/mail/mail-settings.ts';
import { mailWriter } from '../src/mail/mail-writer.ts';
import { type Instance, ISSUER } from './harness.ts';

export interface Received extends Email {
  recipients: string[];
  /** As it came over the wire. */
  raw: string;
}

/** A real SMTP server on loopback, with a mailbox for all. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const mails: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    logger: false,
    async onData(stream, session, done) {
      const raw = Buffer.concat(await stream.toArray()).toString('utf8');
      const email = await PostalMime.parse(raw);
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      mails.push({ ...email, recipients, raw });
      done();
    },
    ...options,
  });
  // A client that gives up is what some tests are about.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    port,
    url: `smtp://127.0.0.1:${port}`,
    /** The link in the last mail to an address. */
    lastLink(address: string): string {
      const to = address.toLowerCase();
      const mail = mails.findLast(({ recipients }) => recipients[0]?.toLowerCase() === to);
      return /https?:\S+token=\S+/.exec(mail?.text ?? '')?.[0] ?? '';
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The queue of an instance, sending to a server; it is run by hand. */
export function openQueue(
  { store, limits, config }: Pick<Instance, 'store' | 'limits' | 'config'>,
  { url, now = Date.now }: { url: string; now?: () => number },
) {
  const settings = toMailSettings(
    { SMTP_URL: url, MAIL_FROM: 'Latchkey <login@example.com>', MAIL_DIR: undefined },
    ISSUER,
  );
  if (!settings) throw new Error('no settings');
  return startMailQueue(store, {
    sender: openMailSender(settings, () => undefined),
    writeMail: mailWriter(store, { issuer: ISSUER, brand: config.brand, limits, now }),
    log: silentLog,
    now,
  });
}

/** Gives a person a verified address. */
export async function giveEmail(
  { db }: Pick<Instance, 'db'>,
  username: string,
  email: string,
): Promise<{ id: number }> {
  const verifiedEmail = email.toLowerCase();
  return db.user.update({ where: { username }, data: { email, verifiedEmail } });
}

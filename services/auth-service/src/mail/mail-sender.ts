import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { MailSettings, SmtpServer } from './mail-settings.ts';

export interface Message {
  to: string;
  subject: string;
  text: string;
  html: string;
}

export interface MailSender {
  /** @throws MailRefused, or any other error when it may be tried again */
  send(id: string, message: Message): Promise<void>;
  close(): void;
}

/** The mail server will not take this message, however often it is tried. */
export class MailRefused extends Error {
  override name = 'MailRefused';
}

/** All of them together stay below the time for which a mail is taken from the queue. */
const TIMEOUTS = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
};
const MAX_CONNECTIONS = 2;
/** Nothing in a message is ever fetched or read from a file. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true };
/** RFC 3834: no answer of a machine to a machine. */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/** @param show where mails of development are shown */
export const openMailSender = (settings: MailSettings, show: (text: string) => void): MailSender =>
  settings.by === 'smtp'
    ? smtpSender(settings.server, settings.from)
    : developmentSender(settings.folder, settings.from, show);

function smtpSender(server: SmtpServer, from: string): MailSender {
  const transport = createTransport({
    ...server,
    ...TIMEOUTS,
    ...CLOSED,
    pool: true,
    maxConnections: MAX_CONNECTIONS,
  });
  return {
    async send(id, message) {
      try {
        await transport.sendMail(mailOf(id, message, from));
      } catch (error) {
        const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
        const isFinal = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
        throw isFinal ? new MailRefused(`${code} ${responseCode}`) : error;
      }
    },
    close: () => transport.close(),
  };
}

function developmentSender(
  folder: string | undefined,
  from: string,
  show: (text: string) => void,
): MailSender {
  const transport = createTransport({ ...CLOSED, streamTransport: true, buffer: true });
  return {
    async send(id, message) {
      const { message: content } = await transport.sendMail(mailOf(id, message, from));
      let kept = '';
      if (folder !== undefined) {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${id}.eml`);
        await writeFile(file, content as Buffer, { mode: 0o600 });
        kept = ` (${file})`;
      }
      show(`Mail to ${message.to}: ${message.subject}${kept}\n\n${message.text}`);
    },
    close: () => transport.close(),
  };
}

const mailOf = (id: string, { to, ...content }: Message, from: string) => ({
  ...content,
  from,
  // One address as it is: text would be read as a list.
  to: { name: '', address: to },
  headers: HEADERS,
  // The same for a mail that is sent once more, so that a mailbox can show it once.
  messageId: `<${id}@${/@([^>]+)/.exec(from)?.[1] ?? 'localhost'}>`,
});

import type { Log } from '@latchkey/service-kit/process/log';
import { type Repeated, repeat } from '@latchkey/service-kit/process/repeat';
import type { Store } from '../store.ts';
import { MailRefused, type MailSender } from './mail-sender.ts';
import type { WriteMail } from './mail-writer.ts';
import type { OutgoingMail } from './outgoing-mail-repository.ts';

interface Dependencies {
  sender: MailSender;
  writeMail: WriteMail;
  log: Log;
  now: () => number;
}

/** A run sends what is due, and ends when nothing is. */
export type MailQueue = Repeated<void>;

const POLL_MS = 2_000;
/** At work at once in one instance. */
const BATCH = 4;
/** Longer than a mail server may take: an instance that ends meanwhile leaves the mail to another. */
const LEASE_MS = 120_000;
const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 900_000;

/**
 * Sends mails from the database, apart from the requests that they follow from: a mail server that is
 * away delays no answer. Each is sent at least once, or given up when it is no longer worth it.
 */
export function startMailQueue(
  { outgoingMails }: Pick<Store, 'outgoingMails'>,
  { sender, writeMail, log, now }: Dependencies,
): MailQueue {
  const deliver = async (mail: OutgoingMail): Promise<void> => {
    const { id, kind, attempts, expiresAt } = mail;
    try {
      const message = await writeMail(mail);
      if (message) await sender.send(id, message);
      await outgoingMails.remove(id);
    } catch (error) {
      const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LAST_RETRY_MS);
      const nextAt = new Date(now() + waitMs);
      const isOver = error instanceof MailRefused || nextAt >= expiresAt;
      // No text of the error: it may hold the address, or what the server said of it.
      const { name, code } = error as { name?: string; code?: string };
      const what = { mail: { id, kind, attempts }, error: { name, code } };
      if (isOver) {
        log.warn(what, 'a mail was given up');
        await outgoingMails.remove(id);
      } else {
        log.warn(what, 'a mail could not be sent; trying again later');
        await outgoingMails.retryAt(id, nextAt);
      }
    }
  };

  const sendDue = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const at = now();
      const due = await outgoingMails.take(BATCH, new Date(at), new Date(at + LEASE_MS));
      if (due.length === 0) return;
      await Promise.all(due.map(deliver));
    }
  };
  const { run, close } = repeat(sendDue, {
    everyMs: POLL_MS,
    log,
    failure: 'mails could not be sent; trying again soon',
  });
  return {
    run,
    async close() {
      await close();
      sender.close();
    },
  };
}

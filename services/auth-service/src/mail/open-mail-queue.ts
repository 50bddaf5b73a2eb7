import type { Log } from '@latchkey/service-kit/process/log';
import type { Limits } from '../limits/limits.ts';
import type { Store } from '../store.ts';
import type { MailBrand } from './mail-message.ts';
import { type MailQueue, startMailQueue } from './mail-queue.ts';
import { openMailSender } from './mail-sender.ts';
import type { MailSettings } from './mail-settings.ts';
import { mailWriter } from './mail-writer.ts';

interface Parts {
  config: {
    tokens: { issuer: string };
    brand: MailBrand;
    grants: { profile: 'standard' | 'minimal' };
    mail: MailSettings | undefined;
  };
  store: Store;
  limits: Limits;
  log: Log;
  now: () => number;
}

/** Undefined where no mail is sent, which is said once. */
export function openMailQueue({ config, store, limits, log, now }: Parts): MailQueue | undefined {
  const { mail, brand, tokens } = config;
  if (!mail) {
    if (config.grants.profile === 'standard') {
      log.warn('no SMTP_URL: no mail is sent, and the pages offer no new password');
    }
    return undefined;
  }
  return startMailQueue(store, {
    sender: openMailSender(mail, show),
    writeMail: mailWriter(store, { issuer: tokens.issuer, brand, limits, now }),
    log,
    now,
  });
}

/** To the terminal of the stack, and not to the log: there are links in it. */
function show(text: string): void {
  if (process.send) process.send({ show: text });
  else process.stdout.write(`${text}\n`);
}

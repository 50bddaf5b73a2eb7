import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest';
import { parseConfig } from '../src/config.ts';
import { openMailSender } from '../src/mail/mail-sender.ts';
import { MAIL_TEXTS } from '../src/mail/mail-texts.ts';
import { LANGUAGES } from '../src/pages/language.ts';
import { type AuthService, KEY_ENCRYPTION_KEY, startAuthService, testClock } from './harness.ts';
import { giveEmail, openQueue, startMailServer } from './mail-server.ts';

let auth: AuthService;
const clock = testClock();
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now, env: { MAILS_PER_ACCOUNT: '1000' } });
  await giveEmail(auth, 'wangerge', 'wang@example.com');
});
afterAll(() => auth.stop());

const closing: (() => Promise<void>)[] = [];
beforeEach(() => auth.db.outgoingMail.deleteMany());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(options = {}) {
  const mail = await startMailServer(options);
  closing.push(mail.close);
  return mail;
}
function queueTo(url: string) {
  const queue = openQueue(auth, { url, now: clock.now });
  closing.push(queue.close);
  return queue;
}
const ask = () =>
  auth.store.outgoingMails.add(
    { kind: 'reset_password', login: 'wangerge', language: 'en' },
    clock.now(),
  );
const waiting = () => auth.db.outgoingMail.findMany();

/** A port where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const error = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode });

describe('a mail server that is away', () => {
  /** How long it waits before each further attempt, in seconds, until it is given up. */
  async function waitsUntilGivenUp(queue: ReturnType<typeof queueTo>): Promise<number[]> {
    const waits: number[] = [];
    for (;;) {
      await queue.run();
      const [row] = await waiting();
      if (!row) return waits;
      const waitMs = row.nextAttemptAt.getTime() - clock.now();
      waits.push(waitMs / 1000);
      clock.forwardSeconds(waitMs / 1000);
    }
  }
  const total = (waits: number[]) => waits.reduce((sum, wait) => sum + wait, 0);

  test('is tried again, later each time, until the mail is not worth sending any more', async () => {
    const queue = queueTo(`smtp://127.0.0.1:${await deadPort()}`);
    await ask();
    const waits = await waitsUntilGivenUp(queue);
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640]);
    expect(total(waits)).toBeLessThan(1_800);
  });

  test('for days gets the notice that a password was changed all the same', async () => {
    const queue = queueTo(`smtp://127.0.0.1:${await deadPort()}`);
    const { id: userId } = await auth.db.user.findUniqueOrThrow({
      where: { username: 'wangerge' },
    });
    const notice = { kind: 'password_changed', userId, language: 'en' } as const;
    await auth.store.outgoingMails.add(notice, clock.now());
    const waits = await waitsUntilGivenUp(queue);
    expect(Math.max(...waits)).toBe(900);
    expect(total(waits)).toBeGreaterThan(3 * 86_400 - 901);
    expect(total(waits)).toBeLessThan(3 * 86_400);
  });

  test('for 25 minutes uses up none of the resets that a person may have', async () => {
    const strict = await startAuthService({ now: clock.now });
    try {
      await giveEmail(strict, 'wangerge', 'wang@example.com');
      const dead = `smtp://127.0.0.1:${await deadPort()}`;
      const down = openQueue(strict, { url: dead, now: clock.now });
      const reset = { kind: 'reset_password', login: 'wangerge', language: 'en' } as const;
      await strict.store.outgoingMails.add(reset, clock.now());
      for (let n = 0; n < 7; n++) {
        await down.run();
        clock.forwardSeconds(10 * 2 ** n);
      }
      await down.close();
      const mail = await serve();
      const up = openQueue(strict, { url: mail.url, now: clock.now });
      await up.run();
      await up.close();
      expect(mail.lastLink('wang@example.com')).toContain('/reset-password?token=');
    } finally {
      await strict.stop();
    }
  });

  test('gets the mail when it is back', async () => {
    const mail = await serve();
    await ask();
    const dead = openQueue(auth, { url: `smtp://127.0.0.1:${await deadPort()}`, now: clock.now });
    await dead.run();
    await dead.close();
    const queue = queueTo(mail.url);
    await queue.run();
    expect(mail.mails).toHaveLength(0);
    clock.forwardSeconds(10);
    await queue.run();
    expect(mail.mails).toHaveLength(1);
    expect(await waiting()).toEqual([]);
  });

  test('delays no answer, and no other mail', async () => {
    const queue = queueTo(`smtp://127.0.0.1:${await deadPort()}`);
    await Promise.all([ask(), queue.run()]);
    const startedAt = performance.now();
    expect((await auth.login('wangerge')).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('or does not answer is given up after its time', { timeout: 40_000 }, async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const queue = queueTo(`smtp://127.0.0.1:${port}`);
    await ask();
    const startedAt = performance.now();
    await queue.run();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await waiting()).toMatchObject([{ attempts: 1 }]);
  });
});

describe('what a mail server says', () => {
  test('for now no: it is tried again', async () => {
    const queue = queueTo(
      (
        await serve({
          onRcptTo: (_a: unknown, _s: unknown, done: (e: Error) => void) =>
            done(error(451, 'later')),
        })
      ).url,
    );
    await ask();
    await queue.run();
    expect(await waiting()).toMatchObject([{ attempts: 1 }]);
  });

  test('never: the mail is given up', async () => {
    const queue = queueTo(
      (
        await serve({
          onRcptTo: (_a: unknown, _s: unknown, done: (e: Error) => void) =>
            done(error(550, 'no such mailbox')),
        })
      ).url,
    );
    await ask();
    await queue.run();
    expect(await waiting()).toEqual([]);
  });

  test('wrong password: ours to correct, so the mail waits', async () => {
    const mail = await serve({
      authOptional: false,
      onAuth: (
        { password }: { password?: string },
        _session: unknown,
        done: (e: Error | null, r?: object) => void,
      ) => (password === 'p@ss word' ? done(null, { user: 'login' }) : done(error(535, 'no'))),
    });
    const host = `127.0.0.1:${mail.port}`;
    await ask();
    await queueTo(`smtp://login:wrong@${host}`).run();
    expect(await waiting()).toMatchObject([{ attempts: 1 }]);
    clock.forwardSeconds(10);
    await queueTo(`smtp://login:p%40ss%20word@${host}`).run();
    expect(mail.mails).toHaveLength(1);
  });
});

describe.each([550, 450])('one recipient refused with %i', (code) => {
  test('loses nobody else their mail, who gets it once', async () => {
    // Two people of one login: one is called so, the other has it as address.
    const shared = `agent-${code}@example.com`;
    await giveEmail(auth, 'admin', shared);
    await auth.db.user.update({ where: { username: 'agent' }, data: { username: shared } });
    await giveEmail(auth, shared, `refused-${code}@example.com`);
    try {
      const mail = await serve({
        onRcptTo: (
          { address }: { address: string },
          _session: unknown,
          done: (refusal?: Error) => void,
        ) => done(address.startsWith('refused') ? error(code, 'no') : undefined),
      });
      const queue = queueTo(mail.url);
      const reset = { kind: 'reset_password', login: shared, language: 'en' } as const;
      await auth.store.outgoingMails.add(reset, clock.now());
      await queue.run();
      const rows = await waiting();
      expect(rows.map(({ attempts }) => attempts)).toEqual(code === 550 ? [] : [1]);
      clock.forwardSeconds(10);
      await queue.run();
      expect(mail.mails.map(({ recipients }) => recipients)).toEqual([[shared]]);
    } finally {
      await auth.db.user.update({ where: { username: shared }, data: { username: 'agent' } });
    }
  });
});

test('mails are written in the languages of the pages', () => {
  expect(Object.keys(MAIL_TEXTS)).toEqual(LANGUAGES);
});

test('two instances send each mail once', async () => {
  const mail = await serve();
  for (let n = 0; n < 20; n++) await ask();
  await Promise.all([queueTo(mail.url).run(), queueTo(mail.url).run()]);
  expect(mail.mails).toHaveLength(20);
  expect(new Set(mail.mails.map(({ messageId }) => messageId)).size).toBe(20);
});

test('an instance that ends while it sends leaves the mail to another', async () => {
  const mail = await serve();
  await ask();
  const at = new Date(clock.now());
  await auth.store.outgoingMails.take(4, at, new Date(clock.now() + 120_000));
  const queue = queueTo(mail.url);
  await queue.run();
  expect(mail.mails).toHaveLength(0);
  clock.forwardSeconds(120);
  await queue.run();
  expect(mail.mails).toHaveLength(1);
});

test('a name can neither add a header nor an element', async () => {
  const mail = await serve();
  const brand = { ...auth.config.brand, name: 'A <b>&\r\nBcc: evil@example.com' };
  const queue = openQueue(
    { ...auth, config: { ...auth.config, brand } },
    { url: mail.url, now: clock.now },
  );
  closing.push(queue.close);
  await ask();
  await queue.run();
  const [received] = mail.mails;
  expect(received?.recipients).toEqual(['wang@example.com']);
  expect(received?.headers.map(({ key }) => key)).not.toContain('bcc');
  expect(received?.html).toContain('A &lt;b&gt;&amp;');
});

test('in development mails are shown, and kept where the stack says', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'latchkey-mails-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  const folder = join(parent, 'mails');
  const shown: string[] = [];
  const sender = openMailSender({ by: 'development', from: 'no-reply@localhost', folder }, (text) =>
    shown.push(text),
  );
  const message = {
    to: 'a@example.com',
    subject: 'Hello',
    text: 'the text',
    html: '<p>the text</p>',
  };
  await sender.send('9d5a1c3e-0000-4000-8000-000000000000', message);
  const [file = ''] = await readdir(folder);
  expect(shown).toEqual([expect.stringMatching(/^Mail to a@example\.com: Hello .*\n\nthe text$/)]);
  const parsed = await PostalMime.parse(await readFile(join(folder, file)));
  expect(parsed).toMatchObject({ subject: 'Hello', text: expect.stringContaining('the text') });
  expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
});

describe('the settings', () => {
  const mailOf = (env: Record<string, string>) =>
    parseConfig({
      NODE_ENV: 'development',
      ISSUER: 'https://login.example.com',
      DATABASE_URL: 'postgres://localhost/auth',
      KEY_ENCRYPTION_KEY,
      ...env,
    }).mail;
  const from = { MAIL_FROM: 'Latchkey <login@example.com>' };

  test.each([
    [
      'smtps://u:p%40@mail.example.com',
      { port: 465, secure: true, requireTLS: false, auth: { user: 'u', pass: 'p@' } },
    ],
    ['smtp://mail.example.com', { port: 587, secure: false, requireTLS: true, auth: undefined }],
    ['smtp://mail.example.com:25?tls=off', { port: 25, secure: false, requireTLS: false }],
    ['smtp://127.0.0.1:2525', { port: 2525, requireTLS: false }],
  ])('%s', (SMTP_URL, server) => {
    expect(mailOf({ SMTP_URL, ...from })).toMatchObject({ by: 'smtp', server });
  });

  test('without a server mail is off on https, and shown on http', () => {
    expect(mailOf({})).toBeUndefined();
    expect(mailOf({ ISSUER: 'http://localhost:8080' })).toMatchObject({ by: 'development' });
  });

  test.each([
    [{ SMTP_URL: 'smtp://mail.example.com' }, 'MAIL_FROM: must be set with SMTP_URL'],
    [{ SMTP_URL: 'https://mail.example.com', ...from }, 'SMTP_URL: must be like'],
    [{ SMTP_URL: 'mail.example.com', ...from }, 'SMTP_URL: must be like'],
    [{ SMTP_URL: 'smtp://m.example', MAIL_FROM: 'Latchkey' }, 'MAIL_FROM: must be like'],
    [
      { SMTP_URL: 'smtp://m.example', MAIL_FROM: 'A\r\nBcc: x <a@b.de>' },
      'MAIL_FROM: must be like',
    ],
    [{ SMTP_URL: 'smtp://m.example', MAIL_FROM: 'A <a@b.de>, c@d.de' }, 'MAIL_FROM: must be like'],
  ])('%j: %s', (env, problem) => {
    expect(() => mailOf(env)).toThrow(problem);
  });

  test('a server that offers no TLS is sent nothing, unless that is allowed', async () => {
    const mail = await serve();
    const settings = mailOf({ SMTP_URL: `smtp://example.test:${mail.port}`, ...from });
    if (settings?.by !== 'smtp') throw new Error('no server');
    const message = { to: 'a@example.com', subject: 's', text: 't', html: 'h' };
    const send = (requireTLS: boolean) => {
      const server = { ...settings.server, requireTLS, host: '127.0.0.1' };
      const sender = openMailSender({ ...settings, server }, () => undefined);
      return sender.send('id', message).finally(sender.close);
    };
    expect(settings.server.requireTLS).toBe(true);
    await expect(send(true)).rejects.toThrow();
    expect(mail.mails).toHaveLength(0);
    await send(false);
    expect(mail.mails).toHaveLength(1);
  });
});

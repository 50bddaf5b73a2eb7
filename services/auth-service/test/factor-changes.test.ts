import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { resealTotpSecrets } from '../src/factors/totp-resealing.ts';
import { totpSecrets } from '../src/factors/totp-secrets.ts';
import { keyEncryptionKey } from '../src/keys/key-encryption.ts';
import {
  type AuthService,
  auditTypes,
  KEY_ENCRYPTION_KEY,
  PASSWORD,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  formOf,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';
import { appFor, personWithApp, submitTo, withPassword } from './second-factor.ts';

const clock = testClock();
const WAIT = { timeout: 8_000, interval: 20 };
let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  await addHostedClients(auth);
});
afterAll(() => auth.stop());
// No code is of a time step that was used before.
beforeEach(() => clock.forwardSeconds(90));

let people = 0;
const newPerson = () => personWithApp(auth, clock.now, `changer.${++people}`);
const idOf = async (username: string) =>
  (await auth.db.user.findUniqueOrThrow({ where: { username } })).id;

/** A token of a person who is signed in in this browser. */
async function tokenIn(browser: ReturnType<typeof openBrowser>): Promise<string> {
  const { verifier, challenge } = newPkce();
  const scope = 'account:read account:write';
  const { code = '' } = answerOf(
    await browser.open(authorizeUrl({ scope, code_challenge: challenge })),
  );
  const form = {
    grant_type: 'authorization_code',
    client_id: 'our-app',
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  };
  return (await auth.request('POST /token', { form })).body.access_token;
}

const idFor = (text: string) => Buffer.from(text).toString('base64url');

const addPasskeyRow = (userId: number, id: string) =>
  auth.store.passkeys.add({
    id,
    userId,
    name: 'Laptop',
    publicKey: new Uint8Array(8),
    counter: 0,
    transports: ['internal'],
    isBackupEligible: true,
    isBackedUp: true,
    createdAt: new Date(clock.now()),
    lastUsedAt: null,
  });

describe('the JSON routes', () => {
  test('read 200: what there is, and nothing secret', async () => {
    const { username, browser } = await newPerson();
    await addPasskeyRow(await idOf(username), 'cmVhZA');
    const token = await tokenIn(browser);
    const { status, body, text } = await auth.request('GET /users/me/factors', { token });
    expect([status, body]).toEqual([
      200,
      {
        totp: { createdAt: expect.any(String), lastUsedAt: null },
        passkeys: [
          {
            id: 'cmVhZA',
            name: 'Laptop',
            synced: true,
            createdAt: expect.any(String),
            lastUsedAt: null,
          },
        ],
        recoveryCodesLeft: 10,
        hasPassword: true,
      },
    ]);
    expect(text).not.toMatch(/secret|publicKey|hash/i);
  });

  test('remove 204, 404 and 401; recovery codes go with the last factor', async () => {
    const { username, browser } = await newPerson();
    const userId = await idOf(username);
    const [own, others] = ['own', 'others'].map((whose) => idFor(`${whose} ${userId}`)) as [
      string,
      string,
    ];
    await addPasskeyRow(userId, own);
    const stranger = await newPerson();
    await addPasskeyRow(await idOf(stranger.username), others);
    const token = await tokenIn(browser);
    const remove = async (path: string) =>
      (await auth.request(`DELETE /users/me/factors/${path}`, { token })).status;
    expect(await remove(`passkeys/${others}`)).toBe(404);
    expect(await remove('passkeys/no%20id')).toBe(400);
    expect(await remove(`passkeys/${own}`)).toBe(204);
    expect(await auth.db.recoveryCode.count({ where: { userId } })).toBe(10);
    expect(await remove('totp')).toBe(204);
    expect(await auth.db.recoveryCode.count({ where: { userId } })).toBe(0);
    expect(await remove('totp')).toBe(404);
    expect((await auth.request('DELETE /users/me/factors/totp')).status).toBe(401);
  });

  test('remove 401 with a sign-in of more than five minutes ago, 403 without the scope', async () => {
    const { browser } = await newPerson();
    const token = await tokenIn(browser);
    clock.forwardSeconds(400);
    const stale = await auth.request('DELETE /users/me/factors/totp', { token });
    expect(stale.status).toBe(401);
    expect(stale.headers.get('www-authenticate')).toContain('max_age="300"');
    const narrow = (await auth.login('wangerge', { scope: 'account:read' })).body.access_token;
    const refused = await auth.request('DELETE /users/me/factors/totp', { token: narrow });
    expect(refused.status).toBe(403);
  });
});

describe('an administrator', () => {
  test('resets the factors 204: the password is enough again; 404, 401, 403', async () => {
    const { username, browser } = await newPerson();
    const id = await idOf(username);
    const token = await auth.adminToken();
    const reset = (of: number, as: string | undefined = token) =>
      auth.request(`DELETE /admin/users/${of}/factors`, as ? { token: as } : {});
    expect((await reset(id)).status).toBe(204);
    expect((await auth.login(username)).status).toBe(200);
    expect((await browser.open('/sign-in')).text).toContain('<h1>Sign in</h1>');
    const where = { where: { userId: id } };
    expect(await auth.db.recoveryCode.count(where)).toBe(0);
    expect((await reset(id)).status).toBe(204);
    expect(await auditTypes(auth, 'factor.reset')).toHaveLength(1);
    expect((await reset(2_000_000)).status).toBe(404);
    const person = (await auth.login('wangerge')).body.access_token;
    expect((await reset(id, person)).status).toBe(403);
    expect((await auth.request(`DELETE /admin/users/${id}/factors`)).status).toBe(401);
  });
});

describe('at the same time', () => {
  const waiting = async () => {
    const [row] = await auth.db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    return Number(row?.count);
  };

  test('a factor that is being added does not outlive a reset', async () => {
    const { username, browser } = await newPerson();
    const userId = await idOf(username);
    await submitTo(browser, await browser.open('/security'), '/security/authenticator/remove');
    await addPasskeyRow(userId, idFor(`before ${userId}`));
    const page = await browser.open('/security/authenticator');
    const app = appFor(page);
    const token = await auth.adminToken();
    // Holds the last write of the addition: what it has written is not committed yet.
    const [added, reset] = await auth.db
      .$transaction(
        async (tx) => {
          await tx.$queryRaw`SELECT 1 FROM browser_login WHERE user_id = ${userId} FOR UPDATE`;
          const code = app.codeAt(clock.now());
          const adding = submitTo(browser, page, '/security/authenticator', { code });
          await vi.waitUntil(async () => (await waiting()) === 1, WAIT);
          const resetting = auth.request(`DELETE /admin/users/${userId}/factors`, { token });
          await vi.waitUntil(async () => (await waiting()) === 2, WAIT);
          return [adding, resetting] as const;
        },
        { timeout: 20_000 },
      )
      .then((both) => Promise.all(both));
    expect([added.status, reset.status]).toEqual([200, 204]);
    const where = { where: { userId } };
    const left = [auth.db.totp, auth.db.passkey, auth.db.recoveryCode].map((table) =>
      (table as typeof auth.db.totp).count(where),
    );
    expect(await Promise.all(left)).toEqual([0, 0, 0]);
    expect(await auth.db.browserLogin.count({ where: { userId, endedAt: null } })).toBe(0);
  });
});

describe('an id that is none', () => {
  test.each(['rename', 'remove'])('is a 404 page at %s', async (act) => {
    const { browser, username } = await newPerson();
    await addPasskeyRow(await idOf(username), idFor(`${act} ${username}`));
    const page = await browser.open('/security');
    const path = `/security/passkeys/${act}`;
    for (const id of ['a\0b', 'no id', '', 'x'.repeat(1_365)]) {
      const { status } = await submitTo(browser, page, path, { id, name: 'New' });
      expect([id, status]).toEqual([id, 404]);
    }
  });
});

test('unknown passkeys hold up nobody, whatever the username', async () => {
  await auth.request('POST /register', { json: { username: 'passkey', password: PASSWORD } });
  const unknown = JSON.stringify({
    id: 'dW5rbm93bg',
    rawId: 'dW5rbm93bg',
    type: 'public-key',
    response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA' },
  });
  await auth.db.rateLimit.deleteMany();
  const browser = openBrowser(auth);
  const statuses: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const page = await browser.open('/sign-in');
    const { status } = await submitTo(browser, page, '/sign-in/passkey', { credential: unknown });
    statuses.push(status);
  }
  expect(statuses).toContain(429);
  expect((await auth.login('passkey')).status).toBe(200);
  await auth.db.rateLimit.deleteMany();
});

test('who guesses at codes with the right password locks nobody out at a known address', async () => {
  const { username, app } = await newPerson();
  const owner = openBrowser(auth);
  clock.forwardSeconds(60);
  const page = await withPassword(owner, username);
  await submitTo(owner, page, '/sign-in/second-factor', { code: app.codeAt(clock.now()) });
  const stranger = await startInstance(auth.scratch.url, {
    now: clock.now,
    env: { TRUSTED_PROXIES: 'loopback' },
  });
  const guess = async () => {
    const browser = openBrowser(stranger);
    const headers = { 'x-forwarded-for': '203.0.113.9', origin: 'http://localhost:8080' };
    const first = await browser.send('/sign-in', { headers });
    const asked = await browser.submit(first, { username, password: PASSWORD }, headers);
    if (asked.status !== 303) return asked.status;
    const second = await browser.send(asked.location ?? '', { headers });
    const { status } = await browser.submit(second, { code: '000000' }, headers);
    return status;
  };
  const statuses = [];
  for (let round = 0; round < 9; round += 1) statuses.push(await guess());
  expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(statuses).toContain(429);
  await stranger.stop();
  clock.forwardSeconds(60);
  const again = openBrowser(auth);
  const asked = await withPassword(again, username);
  const code = app.codeAt(clock.now());
  expect((await submitTo(again, asked, '/sign-in/second-factor', { code })).status).toBe(303);
});

test('without a key-encryption key there are passkeys, and no authenticator app', async () => {
  const env = { JWT_ALG: 'HS256', JWT_SECRET: 'b7e1c05d9f3a4286b7e1c05d9f3a42860d44' };
  const plain = await startAuthService({ env });
  const browser = openBrowser(plain);
  await withPassword(browser, 'wangerge');
  const page = await browser.open('/security');
  expect(page.text).toContain('Add a passkey');
  expect(page.text).not.toContain('Authenticator app');
  expect((await browser.open('/security/authenticator')).status).toBe(404);
  await plain.stop();
});

describe('a passkey', () => {
  const optionsIn = async (browser: ReturnType<typeof openBrowser>, path: string) => {
    const { token } = formOf(await browser.open('/sign-in?then=security'));
    const body = new URLSearchParams({ form_token: token });
    const answer = await browser.send(path, { method: 'POST', body });
    return { status: answer.status, body: JSON.parse(answer.text) };
  };

  test('is asked for with a challenge of this browser, of a verified person, for this name', async () => {
    const browser = openBrowser(auth);
    const { status, body } = await optionsIn(browser, '/sign-in/passkey/options');
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        rpId: 'localhost',
        userVerification: 'required',
        allowCredentials: [],
        challenge: expect.stringMatching(/^[\w-]{43}$/),
      }),
    ]);
    const stranger = await browser.send('/sign-in/passkey/options', {
      method: 'POST',
      body: new URLSearchParams({ form_token: 'x' }),
    });
    expect([stranger.status, JSON.parse(stranger.text).code]).toEqual([403, 'form_expired']);
  });

  test('is made for the person who is signed in, freshly, under a name that says nothing', async () => {
    const browser = openBrowser(auth);
    expect((await optionsIn(browser, '/security/passkeys/options')).status).toBe(403);
    await withPassword(browser, 'agent');
    const { body } = await optionsIn(browser, '/security/passkeys/options');
    expect(body).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: 'agent' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(Buffer.from(body.user.id, 'base64url')).toHaveLength(32);
    clock.forwardSeconds(301);
    expect((await optionsIn(browser, '/security/passkeys/options')).status).toBe(403);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another shape', '{"id":"x"}'],
    [
      'an unknown id',
      JSON.stringify({
        id: 'dW5rbm93bg',
        rawId: 'dW5rbm93bg',
        type: 'public-key',
        response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA' },
      }),
    ],
    [
      'a known id, signing nothing',
      JSON.stringify({
        id: 'a25vd24',
        rawId: 'a25vd24',
        type: 'public-key',
        response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA' },
      }),
    ],
  ])('of %s is refused on the sign-in page, and counted', async (_, credential) => {
    await addPasskeyRow(await idOf('agent'), 'a25vd24');
    const browser = openBrowser(auth);
    const page = await browser.open('/sign-in');
    const answer = await submitTo(browser, page, '/sign-in/passkey', { credential });
    expect([answer.status, answer.text.includes('This passkey was not accepted')]).toEqual([
      401,
      true,
    ]);
    expect(browser.cookies.has('latchkey')).toBe(false);
    const failed = await auth.db.auditEvent.findFirstOrThrow({ orderBy: { id: 'desc' } });
    expect([failed.type, failed.details]).toEqual(['factor.failed', { factor: 'passkey' }]);
  });

  test('challenges are counted by address', async () => {
    await auth.db.rateLimit.deleteMany();
    const few = await startInstance(auth.scratch.url, {
      env: { PASSKEY_CHALLENGES_PER_ADDRESS: '2' },
    });
    const browser = openBrowser(few);
    const statuses = [];
    for (let round = 0; round < 3; round += 1) {
      statuses.push((await optionsIn(browser, '/sign-in/passkey/options')).status);
    }
    await few.stop();
    expect(statuses).toEqual([200, 200, 429]);
  });
});

// Last: no instance with the first key starts on this database any more.
test('with another key-encryption key, secrets are sealed anew, and codes go on working', async () => {
  const spoiltId = await idOf((await newPerson()).username);
  await auth.db.totp.update({
    where: { userId: spoiltId },
    data: { sealedSecret: new Uint8Array(48) },
  });
  const { username, app } = await newPerson();
  const userId = await idOf(username);
  const lines: object[] = [];
  const log = { warn: (what: object) => void lines.push(what) };
  const encryption = {
    current: keyEncryptionKey('c3'.repeat(32)),
    previous: keyEncryptionKey(KEY_ENCRYPTION_KEY),
  };
  const before = await auth.db.totp.findUniqueOrThrow({ where: { userId } });
  await resealTotpSecrets(auth.store.factors, totpSecrets(encryption), log);
  expect(lines).toEqual([{ err: expect.any(Error), userId: spoiltId }]);
  const after = await auth.db.totp.findUniqueOrThrow({ where: { userId } });
  expect(after.sealedBy).toBe(encryption.current.id);
  expect(Buffer.compare(before.sealedSecret, after.sealedSecret)).not.toBe(0);
  const other = await startInstance(auth.scratch.url, {
    now: clock.now,
    env: {
      KEY_ENCRYPTION_KEY: 'c3'.repeat(32),
      KEY_ENCRYPTION_KEY_PREVIOUS: KEY_ENCRYPTION_KEY,
    },
  });
  clock.forwardSeconds(60);
  const browser = openBrowser(other);
  const page = await withPassword(browser, username);
  const code = app.codeAt(clock.now());
  expect((await submitTo(browser, page, '/sign-in/second-factor', { code })).status).toBe(303);
  await other.stop();
  // A secret fits only the row of its person.
  const secrets = totpSecrets(encryption);
  const row = { sealedSecret: after.sealedSecret, sealedBy: after.sealedBy };
  expect(secrets.open(userId, row)).toHaveLength(20);
  expect(() => secrets.open(userId + 1, row)).toThrow();
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVerifier, type RevocationOptions, type Verifier } from '../src/index.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

let issuer: TestIssuer;
let open: Verifier[];
let requests: string[];
let folder: string;

beforeEach(async () => {
  // Only time is simulated: the issuer is reached over real HTTP.
  vi.useFakeTimers({
    now: 1_800_000_000_000,
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
  issuer = await startTestIssuer();
  open = [];
  requests = [];
  folder = mkdtempSync(join(tmpdir(), 'outage-'));
});
afterEach(async () => {
  for (const verifier of open) verifier.close();
  vi.useRealTimers();
  await issuer.close();
  rmSync(folder, { recursive: true });
});

const verifierWith = (revocation: RevocationOptions = {}, keys: object = {}): Verifier => {
  const { keys: at, ...options } = issuer.verifierOptions();
  const verifier = createVerifier({
    ...options,
    keys: { ...at, ...keys },
    revocation,
    fetch: (url, init) => {
      const etag = new Headers(init?.headers).get('if-none-match');
      requests.push(`${String(url).replace(issuer.issuer, '')} ${etag}`);
      return fetch(url, init);
    },
  });
  open.push(verifier);
  return verifier;
};

/** Time goes on in steps, and what is on its way over the network arrives between them. */
const pass = async (seconds: number, stepMs = 500): Promise<void> => {
  for (let passedMs = 0; passedMs < seconds * 1000; passedMs += stepMs) {
    await vi.advanceTimersByTimeAsync(stepMs);
    for (let i = 0; i < 5; i++) await turn();
  }
};
/** Until what is asked over the network is here; no simulated time passes. */
const arrive = async (assertion: () => void): Promise<void> => {
  for (let left = 3000; left > 0; left--) {
    try {
      return assertion();
    } catch {
      await turn();
    }
  }
  assertion();
};
const codeOf = (verifier: Verifier, token: string): string => {
  try {
    verifier.verifySync(token);
    return 'accepted';
  } catch (error) {
    return String((error as { code?: string }).code);
  }
};
const longLived = () => issuer.mint({ lifetimeSeconds: 100_000 });
const start = async (verifier: Verifier): Promise<void> => {
  void verifier.ready();
  await arrive(() => expect(verifier.status().revocation).toBe('current'));
};

describe('an issuer that is down', () => {
  test('for ten minutes refuses nobody, forgets nothing, and loses nothing', async () => {
    const verifier = verifierWith();
    await start(verifier);
    const [good, before, meanwhile] = [longLived(), longLived(), longLived()];
    issuer.revoke(before);
    await arrive(() => expect(codeOf(verifier, before)).toBe('token_revoked'));

    issuer.statusLists.behave('down');
    issuer.revoke(meanwhile);
    await pass(5.5);
    expect(verifier.status().revocation).not.toBe('current');
    const outcomes = new Set<string>();
    requests = [];
    for (let second = 0; second < 600; second++) {
      await pass(1);
      outcomes.add(codeOf(verifier, good));
      expect(codeOf(verifier, before)).toBe('token_revoked');
    }
    expect(outcomes).toEqual(new Set(['accepted']));
    expect(verifier.status()).toMatchObject({
      revocation: 'blind',
      issuers: [{ revocationAgeSeconds: expect.closeTo(605, -1) }],
    });
    // The stream is tried every 2.5 to 5 s, the list every 15 to 30 s.
    expect(requests.length).toBeLessThan(290);
    expect(requests.length).toBeGreaterThan(130);

    issuer.statusLists.behave('well');
    await pass(6);
    await arrive(() => expect(codeOf(verifier, meanwhile)).toBe('token_revoked'));
    expect(verifier.status().revocation).toBe('current');
    expect(codeOf(verifier, good)).toBe('accepted');
  });

  test('is waited for as long as staleIfErrorSeconds says, then it is 503 and heals', async () => {
    const verifier = verifierWith({ staleIfErrorSeconds: 120 });
    await start(verifier);
    const [good, revoked] = [longLived(), longLived()];
    issuer.revoke(revoked);
    await arrive(() => expect(codeOf(verifier, revoked)).toBe('token_revoked'));
    issuer.statusLists.behave('down');
    await pass(119);
    expect(codeOf(verifier, good)).toBe('accepted');
    await pass(3);
    expect(() => verifier.verifySync(good)).toThrow(
      expect.objectContaining({
        code: 'revocation_unavailable',
        status: 503,
        headers: { 'Retry-After': expect.stringMatching(/^\d+$/) },
      }),
    );
    // What is known to be revoked is a 401 all the same.
    expect(codeOf(verifier, revoked)).toBe('token_revoked');
    issuer.statusLists.behave('well');
    await pass(6);
    await arrive(() => expect(codeOf(verifier, good)).toBe('accepted'));
  });

  test('at a cold start with keys of a snapshot: accepted for that time from the start', async () => {
    const snapshotFile = join(folder, 'keys.json');
    const first = verifierWith({}, { snapshotFile });
    await start(first);
    first.close();
    issuer.statusLists.behave('down');
    const verifier = verifierWith({ staleIfErrorSeconds: 60 }, { snapshotFile });
    const token = longLived();
    const waiting = verifier.verify(token);
    await pass(1);
    expect((await waiting).subject).toBe('test-user');
    expect(verifier.status()).toMatchObject({
      revocation: 'blind',
      issuers: [{ revocationAgeSeconds: null }],
    });
    await pass(57);
    expect(codeOf(verifier, token)).toBe('accepted');
    await pass(3);
    expect(codeOf(verifier, token)).toBe('revocation_unavailable');
  });
});

describe('an issuer that is silent', () => {
  test('is polled by ttl, and revocations are found by that', async () => {
    const verifier = verifierWith();
    await start(verifier);
    const good = longLived();
    issuer.statusLists.behave('silent');
    await pass(6);
    expect(verifier.status().revocation).toBe('polling');
    const outcomes = new Set<string>();
    for (let round = 0; round < 10; round++) {
      const revoked = longLived();
      issuer.revoke(revoked);
      await pass(31);
      await arrive(() => expect(codeOf(verifier, revoked)).toBe('token_revoked'));
      outcomes.add(codeOf(verifier, good));
      outcomes.add(verifier.status().revocation);
    }
    expect(outcomes).toEqual(new Set(['accepted', 'polling']));
  });

  test('that hangs holds a request up for 1.5 s, and refuses none', async () => {
    const hanging: typeof fetch = (url, init) =>
      String(url).includes('/status-lists')
        ? new Promise((_, reject) => {
            init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
          })
        : fetch(url, init);
    const verifier = createVerifier({
      ...issuer.verifierOptions(),
      keys: { jwks: issuer.jwks() },
      revocation: true,
      fetch: hanging,
    });
    open.push(verifier);
    const outcome = verifier.verify(longLived()).then(({ subject }) => subject);
    await pass(1);
    expect(await Promise.race([outcome, turn('waits')])).toBe('waits');
    await pass(0.5);
    expect(await outcome).toBe('test-user');
  });
});

describe('over a day', () => {
  test('a list is fetched again by its ttl, with its ETag, and before it expires', async () => {
    const verifier = verifierWith();
    await start(verifier);
    const token = issuer.mint({ lifetimeSeconds: 1_000_000 });
    requests = [];
    await pass(600);
    const lists = requests.filter((request) => request === '/status-lists/1 "1.0"');
    // Every 21.6 to 27 s.
    expect(lists.length).toBeGreaterThan(20);
    expect(lists.length).toBeLessThan(30);
    // Half a minute before the list expires it is fetched without its ETag, so that a new one comes.
    vi.setSystemTime(1_800_000_000_000 + 86_400_000 - 30_000);
    await pass(120);
    expect(requests).toContain('/status-lists/1 null');
    expect(codeOf(verifier, token)).toBe('accepted');
    expect(verifier.status().revocation).toBe('current');
  });

  test('a list past its exp says nothing any more, however long the issuer is down', async () => {
    const verifier = verifierWith({ staleIfErrorSeconds: 86_400 });
    await start(verifier);
    const token = issuer.mint({ lifetimeSeconds: 1_000_000 });
    issuer.statusLists.behave('down');
    vi.setSystemTime(1_800_000_000_000 + 86_400_000 - 30_000);
    await pass(20);
    expect(codeOf(verifier, token)).toBe('accepted');
    await pass(15);
    expect(codeOf(verifier, token)).toBe('revocation_unavailable');
  });
});

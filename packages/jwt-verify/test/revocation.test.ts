import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVerifier, type SingleIssuerOptions, type VerifierEvent } from '../src/index.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

let issuer: TestIssuer;
let fetched: string[];
let events: VerifierEvent[];
let open: { close: () => void }[];

beforeEach(async () => {
  issuer = await startTestIssuer();
  fetched = [];
  events = [];
  open = [];
});
afterEach(async () => {
  for (const verifier of open) verifier.close();
  await issuer.close();
});

const verifierWith = (options: Partial<SingleIssuerOptions> = {}) => {
  const verifier = createVerifier({
    ...issuer.verifierOptions(),
    revocation: true,
    ...options,
    fetch: (url, init) => {
      fetched.push(String(url).replace(issuer.issuer, ''));
      return fetch(url, init);
    },
    onEvent: (event) => void events.push(event),
  });
  open.push(verifier);
  return verifier;
};
const codeOf = (verify: () => unknown): string => {
  try {
    verify();
    return 'accepted';
  } catch (error) {
    return String((error as { code?: string }).code);
  }
};
const soon = (assertion: () => void, timeout = 3000) =>
  vi.waitFor(assertion, { timeout, interval: 2 });
const listFetches = () => fetched.filter((path) => /^\/status-lists\/\d/.test(path));
const types = () => events.map(({ type }) => type);

describe('a revoked token', () => {
  test.each([
    ['from the cache', {}],
    ['without a cache', { cache: false } as const],
  ])('is refused as soon as the event is there, %s, and no other is', async (_name, options) => {
    const verifier = verifierWith(options);
    await verifier.ready();
    const [token, other] = [issuer.mint(), issuer.mint()];
    verifier.verifySync(token);
    const before = fetched.length;
    expect(verifier.status().issuers[0]?.revocationDelayMs).toBeNull();
    issuer.revoke(token);
    await soon(() => expect(codeOf(() => verifier.verifySync(token))).toBe('token_revoked'));
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401 });
    expect(verifier.verifySync(other).subject).toBe('test-user');
    const { revocationDelayMs } = verifier.status().issuers[0] ?? {};
    expect(revocationDelayMs).toBeGreaterThanOrEqual(0);
    expect(revocationDelayMs).toBeLessThan(2_000);
    // The event carried the change: nothing was fetched for it.
    expect(fetched.length).toBe(before);
  });

  test('is refused after a start that comes later than its revocation', async () => {
    const token = issuer.mint();
    issuer.revoke(token);
    expect(
      await verifierWith()
        .verify(token)
        .catch(({ code }) => code),
    ).toBe('token_revoked');
  });

  test('is accepted where revocation is off', async () => {
    const token = issuer.mint();
    issuer.revoke(token);
    const verifier = verifierWith({ revocation: false });
    expect((await verifier.verify(token)).subject).toBe('test-user');
    expect(verifier.status()).toMatchObject({
      revocation: 'off',
      issuers: [{ revocation: 'off', revocationAgeSeconds: null, revocationDelayMs: null }],
    });
    expect(fetched.some((path) => path.startsWith('/status-lists'))).toBe(false);
  });

  test('a token without a status is accepted', async () => {
    const token = issuer.mint({ claims: { status: undefined } });
    expect((await verifierWith().verify(token)).subject).toBe('test-user');
  });
});

describe('the claim status', () => {
  const BASE = 'BASE';
  test.each([
    ['text', 'revoked'],
    ['null', null],
    ['an array', []],
    ['another mechanism', { other: {} }],
    ['a list as text', { status_list: `${BASE}/1` }],
    ['no idx', { status_list: { uri: `${BASE}/1` } }],
    ['idx below 0', { status_list: { idx: -1, uri: `${BASE}/1` } }],
    ['idx with a fraction', { status_list: { idx: 0.5, uri: `${BASE}/1` } }],
    ['idx as text', { status_list: { idx: '0', uri: `${BASE}/1` } }],
    ['idx beyond the list', { status_list: { idx: 8192, uri: `${BASE}/1` } }],
    ['idx beyond any list', { status_list: { idx: 2 ** 20, uri: `${BASE}/1` } }],
    ['idx that wraps round 32 bits', { status_list: { idx: 2 ** 32, uri: `${BASE}/1` } }],
    ['no uri', { status_list: { idx: 0 } }],
    ["a stranger's uri", { status_list: { idx: 0, uri: 'https://evil.example.com/lists/1' } }],
    ['a uri that goes up', { status_list: { idx: 0, uri: `${BASE}/../admin` } }],
    ['a uri below the list', { status_list: { idx: 0, uri: `${BASE}/1/2` } }],
    ['a uri with a query', { status_list: { idx: 0, uri: `${BASE}/1?x` } }],
    ['the uri of the stream', { status_list: { idx: 0, uri: `${BASE}/events` } }],
    ['the base alone', { status_list: { idx: 0, uri: `${BASE}/` } }],
    ['a base that goes on', { status_list: { idx: 0, uri: `${BASE}x/1` } }],
  ])('%s is refused, and nothing is fetched for it', async (_name, claim) => {
    const verifier = verifierWith();
    await verifier.ready();
    const before = fetched.length;
    const text = JSON.stringify(claim).replaceAll(BASE, issuer.statusLists.url);
    const token = issuer.mint({ claims: { status: JSON.parse(text) } });
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'claim_invalid',
      status: 401,
      step: 'revocation',
    });
    expect(fetched.length).toBe(before);
  });
});

describe('fetching', () => {
  test('nothing is fetched before ready() or the first token that is in a list', async () => {
    const verifier = verifierWith();
    expect(fetched).toEqual([]);
    await verifier.verify(issuer.mint());
    expect(fetched).toContain('/status-lists/events');
  });

  test('a list that is not here yet is 503 for verifySync, and verify waits for it', async () => {
    const verifier = verifierWith({ keys: { jwks: issuer.jwks() } });
    const token = issuer.mint();
    expect(() => verifier.verifySync(token)).toThrow(
      expect.objectContaining({ code: 'revocation_unavailable', headers: { 'Retry-After': '1' } }),
    );
    expect((await verifier.verify(token)).subject).toBe('test-user');
    expect(verifier.verifySync(token).subject).toBe('test-user');
  });

  test('a thousand requests at a cold start cost one fetch of the list', async () => {
    const verifier = verifierWith({ keys: { jwks: issuer.jwks() } });
    const tokens = Array.from({ length: 1000 }, () => issuer.mint());
    await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(listFetches()).toEqual(['/status-lists/1']);
    expect(fetched.filter((path) => path.endsWith('/events'))).toHaveLength(1);
  });

  test('a list that opens is there before its first token comes', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    issuer.statusLists.open();
    await soon(() => expect(listFetches()).toContain('/status-lists/2'));
    await soon(() => expect(verifier.status().revocation).toBe('current'));
    const token = issuer.mint();
    expect(verifier.verifySync(token).subject).toBe('test-user');
    issuer.revoke(token);
    await soon(() => expect(codeOf(() => verifier.verifySync(token))).toBe('token_revoked'));
  });

  test('close() ends the stream, and nothing is fetched any more', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    verifier.close();
    const before = fetched.length;
    issuer.statusLists.cut();
    issuer.statusLists.open();
    await sleep(1500);
    expect(fetched.length).toBe(before);
  });
});

describe('trouble on the stream', () => {
  test('a lost event is found missing by the next state', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const token = issuer.mint();
    issuer.statusLists.behave('losing');
    issuer.revoke(token);
    await soon(() => expect(codeOf(() => verifier.verifySync(token))).toBe('token_revoked'), 4000);
    expect(listFetches().length).toBe(2);
  });

  test.each(['doubling', 'reordering'] as const)('%s does no harm', async (behavior) => {
    const verifier = verifierWith();
    await verifier.ready();
    issuer.statusLists.behave(behavior);
    const revoked = Array.from({ length: 20 }, () => issuer.mint());
    const kept = Array.from({ length: 20 }, () => issuer.mint());
    for (const token of revoked) issuer.revoke(token);
    const codes = (tokens: string[]) =>
      new Set(tokens.map((token) => codeOf(() => verifier.verifySync(token))));
    await soon(() => expect(codes(revoked)).toEqual(new Set(['token_revoked'])), 4000);
    expect(codes(kept)).toEqual(new Set(['accepted']));
    await soon(() => expect(verifier.status().revocation).toBe('current'));
  });

  test('a forged event revokes nothing, and is reported once', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const token = issuer.mint();
    for (let i = 0; i < 20; i++) issuer.statusLists.forge(token);
    await soon(() => expect(types()).toContain('revocation_event_refused'));
    const other = issuer.mint();
    issuer.revoke(other);
    await soon(() => expect(codeOf(() => verifier.verifySync(other))).toBe('token_revoked'));
    expect(verifier.verifySync(token).subject).toBe('test-user');
    expect(types().filter((type) => type === 'revocation_event_refused')).toHaveLength(1);
  });

  test('after a cut it goes on from where it was, at once', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const [early, late] = [issuer.mint(), issuer.mint()];
    // The lists do not have it, so only the stream can say it again.
    issuer.statusLists.behave('stale');
    issuer.statusLists.cut();
    issuer.revoke(early);
    await soon(() => expect(codeOf(() => verifier.verifySync(early))).toBe('token_revoked'));
    issuer.revoke(late);
    await soon(() => expect(codeOf(() => verifier.verifySync(late))).toBe('token_revoked'));
    // The stream was away for less than a state takes: nothing was lost.
    expect(types()).not.toContain('revocation_lost');
  });

  test('silence is noticed within 5 s, the lists are polled, and the end of it is too', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const token = issuer.mint();
    expect(verifier.status().revocation).toBe('current');
    issuer.statusLists.behave('silent');
    issuer.revoke(token);
    await soon(() => expect(types()).toContain('revocation_lost'), 6000);
    await soon(() => expect(codeOf(() => verifier.verifySync(token))).toBe('token_revoked'));
    expect(verifier.status().revocation).toBe('polling');
    issuer.statusLists.behave('well');
    await soon(() => expect(verifier.status().revocation).toBe('current'), 4000);
    expect(types().filter((type) => type === 'revocation_current')).toHaveLength(2);
  });
});

describe('a key that is removed', () => {
  test('is refused at once, for cached tokens too, and the new key is fetched', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const token = issuer.mint();
    verifier.verifySync(token);
    issuer.rotate({ announced: true });
    await soon(() => expect(codeOf(() => verifier.verifySync(token))).toBe('key_unknown'));
    expect((await verifier.verify(issuer.mint())).subject).toBe('test-user');
    expect(types()).toContain('key_removed');
  });

  test('is found by a fetch of the keys when it was missed by a cut', async () => {
    const verifier = verifierWith({ keys: { url: issuer.keySetUrl, cooldownSeconds: 1 } });
    await verifier.ready();
    const token = issuer.mint();
    verifier.verifySync(token);
    await sleep(1100);
    issuer.rotate();
    issuer.statusLists.cut();
    await soon(() => expect(codeOf(() => verifier.verifySync(token))).toBe('key_unknown'));
  });
});

test('an open stream keeps no process running', async () => {
  const token = issuer.mint();
  const script = `
    import { createVerifier } from ${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))};
    const options = ${JSON.stringify(issuer.verifierOptions())};
    const verifier = createVerifier({ ...options, revocation: true });
    await verifier.ready();
    const { subject } = await verifier.verify(${JSON.stringify(token)});
    console.log(subject, verifier.status().revocation);`;
  const run = promisify(execFile);
  const flags = ['--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, flags, { timeout: 15_000 });
  expect(stdout).toBe('test-user current\n');
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVerifier, type RemoteKeysOptions, type VerifierEvent } from '../src/index.ts';
import {
  AUDIENCE,
  claimsOf,
  headerOf,
  ISSUER,
  mint,
  type SigningKey,
  signingKey,
} from './tokens.ts';

const START_MS = 1_800_000_000_000;
const URL_OF_KEYS = 'http://127.0.0.1:1/keys';
const oldKey = signingKey('ES256', 'old');
const newKey = signingKey('ES256', 'new');
const minutes = (count: number) => count * 60_000;

type Answer = () => Response | Promise<Response>;
const keySet = (...keys: SigningKey[]): Answer => {
  return () => Response.json({ keys: keys.map(({ jwk }) => jwk) });
};
const down: Answer = () => Promise.reject(new TypeError('connection refused'));

let answer: Answer;
let fetches: number;
let signals: (AbortSignal | null | undefined)[];
let events: VerifierEvent[];
let open: { close: () => void }[];

const verifierWith = (keys: RemoteKeysOptions = {}) => {
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { url: URL_OF_KEYS, ...keys },
    fetch: (async (_url: string, init?: RequestInit) => {
      fetches++;
      signals.push(init?.signal);
      return answer();
    }) as typeof fetch,
    onEvent: (event) => void events.push(event),
  });
  open.push(verifier);
  return verifier;
};
/** A token that is never the same twice, so that no cache answers for the keys. */
let serial = 0;
const tokenOf = (key: SigningKey, header: Record<string, unknown> = {}) =>
  mint(
    key,
    claimsOf({ jti: `j${serial++}`, exp: Math.floor(Date.now() / 1000) + 1200, iat: 0 }),
    headerOf(key, header),
  );
const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error) => String(error.code),
  );

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  answer = keySet(oldKey);
  fetches = 0;
  signals = [];
  events = [];
  open = [];
});
afterEach(() => {
  for (const verifier of open) verifier.close();
  vi.useRealTimers();
});

describe('keys under trouble', () => {
  test('a thousand requests at a cold start cost one fetch', async () => {
    const verifier = verifierWith();
    const all = Array.from({ length: 1000 }, () => outcome(verifier.verify(tokenOf(oldKey))));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['ok']));
    expect(fetches).toBe(1);
  });

  test('verifySync has the keys fetched and says 503 until they are there', async () => {
    const verifier = verifierWith();
    const token = tokenOf(oldKey);
    expect(() => verifier.verifySync(token)).toThrow(
      expect.objectContaining({
        code: 'keys_unavailable',
        status: 503,
        headers: { 'Retry-After': '1' },
      }),
    );
    await verifier.ready();
    expect(verifier.verifySync(token).subject).toBe('wangerge');
  });

  test('they are fetched again ahead of their age, in the background', async () => {
    const verifier = verifierWith({ maxAgeSeconds: 300 });
    await verifier.ready();
    for (let at = 0; at < 60; at++) {
      await vi.advanceTimersByTimeAsync(minutes(1));
      expect(verifier.verifySync(tokenOf(oldKey)).subject).toBe('wangerge');
      expect(verifier.status().issuers[0]?.ageSeconds).toBeLessThan(300);
    }
    // 0.72 to 0.9 of 300 s: 13 to 17 in an hour, and the first.
    expect(fetches).toBeGreaterThanOrEqual(13);
    expect(fetches).toBeLessThanOrEqual(18);
  });

  test('an issuer down for an hour refuses nobody, and is not hammered', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    answer = down;
    const outcomes = new Set<string>();
    for (let at = 0; at < 360; at++) {
      await vi.advanceTimersByTimeAsync(10_000);
      outcomes.add(await outcome(verifier.verify(tokenOf(oldKey))));
    }
    expect(outcomes).toEqual(new Set(['ok']));
    expect(verifier.status().keys).toBe('stale');
    // Back-off ends at one try in 30 to 60 s.
    expect(fetches).toBeLessThanOrEqual(130);
    expect(fetches).toBeGreaterThan(50);
    answer = keySet(oldKey);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(verifier.status().keys).toBe('fresh');
  });

  test('an issuer that flaps refuses nobody', async () => {
    const verifier = verifierWith({ maxAgeSeconds: 60 });
    await verifier.ready();
    const outcomes = new Set<string>();
    for (let at = 0; at < 360; at++) {
      answer = at % 3 === 0 ? keySet(oldKey) : down;
      await vi.advanceTimersByTimeAsync(10_000);
      outcomes.add(await outcome(verifier.verify(tokenOf(oldKey))));
    }
    expect(outcomes).toEqual(new Set(['ok']));
    expect(fetches).toBeLessThan(400);
  });

  test('after staleIfErrorSeconds it is 503, never 401, cached tokens included', async () => {
    const verifier = verifierWith({ staleIfErrorSeconds: 3300 });
    await verifier.ready();
    const long = mint(oldKey, claimsOf({ exp: START_MS / 1000 + 86_400 }));
    expect(verifier.verifySync(long).subject).toBe('wangerge');
    answer = down;
    await vi.advanceTimersByTimeAsync(minutes(59));
    expect(verifier.verifySync(long).subject).toBe('wangerge');
    await vi.advanceTimersByTimeAsync(minutes(1));
    expect(await outcome(verifier.verify(long))).toBe('keys_unavailable');
    expect(verifier.status().keys).toBe('none');
    answer = keySet(oldKey);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await outcome(verifier.verify(long))).toBe('ok');
  });

  test.each<[RemoteKeysOptions, number, number]>([
    [{}, 300, 86_400],
    [{ maxAgeSeconds: 3600 }, 3600, 86_400],
    [{ maxAgeSeconds: 60, staleIfErrorSeconds: 600 }, 60, 660],
    [{ maxAgeSeconds: 60, staleIfErrorSeconds: 0 }, 60, 60],
  ])('%o: fresh to %i s, used to %i s', async (options, maxAgeSeconds, usableSeconds) => {
    const verifier = verifierWith(options);
    await verifier.ready();
    answer = down;
    const stateAt = (ageSeconds: number) => {
      vi.setSystemTime(START_MS + ageSeconds * 1000);
      return verifier.status().keys;
    };
    expect(stateAt(maxAgeSeconds - 1)).toBe('fresh');
    expect(stateAt(usableSeconds - 1)).toBe(usableSeconds > maxAgeSeconds ? 'stale' : 'fresh');
    expect(stateAt(usableSeconds)).toBe('none');
  });

  test('down from the start: each request is 503, with few fetches, and heals by itself', async () => {
    answer = down;
    const verifier = verifierWith();
    await expect(verifier.ready({ timeoutMs: 0 })).rejects.toMatchObject({
      code: 'keys_unavailable',
      cause: expect.objectContaining({ message: `${URL_OF_KEYS}: connection refused` }),
    });
    for (let at = 0; at < 60; at++) {
      await vi.advanceTimersByTimeAsync(1000);
      expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('keys_unavailable');
    }
    expect(fetches).toBeLessThanOrEqual(12);
    answer = keySet(oldKey);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('ok');
  });

  test('a new key is found by its first token, the old one goes within a refresh', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const cached = tokenOf(oldKey);
    verifier.verifySync(cached);
    await vi.advanceTimersByTimeAsync(minutes(1));
    answer = keySet(newKey);
    expect(await outcome(verifier.verify(tokenOf(newKey)))).toBe('ok');
    expect(fetches).toBe(2);
    expect(await outcome(verifier.verify(cached))).toBe('key_unknown');
  });

  test('a key that is dropped stops working within a refresh, out of the cache too', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    const cached = tokenOf(oldKey);
    verifier.verifySync(cached);
    answer = keySet(newKey);
    await vi.advanceTimersByTimeAsync(minutes(5));
    expect(() => verifier.verifySync(cached)).toThrow();
    expect(await outcome(verifier.verify(cached))).toBe('key_unknown');
  });

  test('strangers with invented key names cost one fetch per cool-down', async () => {
    const verifier = verifierWith({ cooldownSeconds: 10 });
    await verifier.ready();
    const outcomes = new Map<string, number>();
    for (let second = 0; second < 60; second++) {
      for (let at = 0; at < 20; at++) {
        const token = tokenOf(oldKey, { kid: `invented-${second}-${at}` });
        const what = await outcome(verifier.verify(token));
        outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
      }
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(fetches).toBeLessThanOrEqual(1 + 6 + 1);
    expect([...outcomes.keys()].sort()).toEqual(['key_unknown', 'keys_unavailable']);
  });

  test('and cannot have the bearer of a new key refused', async () => {
    const verifier = verifierWith({ cooldownSeconds: 10 });
    await verifier.ready();
    expect(await outcome(verifier.verify(tokenOf(oldKey, { kid: 'x' })))).toBe('key_unknown');
    answer = keySet(oldKey, newKey);
    expect(await outcome(verifier.verify(tokenOf(newKey)))).toBe('keys_unavailable');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await outcome(verifier.verify(tokenOf(newKey)))).toBe('ok');
  });

  test('an unknown name at a cold start is refused after one fetch', async () => {
    const verifier = verifierWith();
    expect(await outcome(verifier.verify(tokenOf(oldKey, { kid: 'x' })))).toBe('key_unknown');
    expect(fetches).toBe(1);
    answer = keySet(oldKey, newKey);
    expect(await outcome(verifier.verify(tokenOf(newKey)))).toBe('ok');
  });

  test('the same unknown name asked again in the cool-down is refused without a fetch', async () => {
    const verifier = verifierWith();
    await verifier.ready();
    for (let at = 0; at < 100; at++) {
      expect(await outcome(verifier.verify(tokenOf(oldKey, { kid: 'gone' })))).toBe('key_unknown');
    }
    expect(fetches).toBe(2);
  });

  test.each<[string, Answer]>([
    ['a page in HTML', () => new Response('<html>', { status: 200 })],
    ['an array', () => Response.json([])],
    ['keys that are no array', () => Response.json({ keys: {} })],
    ['404', () => new Response('{"keys":[]}', { status: 404 })],
    ['500', () => new Response('', { status: 500 })],
    ['over the size limit', () => new Response(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`)],
    ['over 100 keys', () => Response.json({ keys: Array.from({ length: 101 }, () => oldKey.jwk) })],
    ['invalid UTF-8', () => new Response(Buffer.from([0x7b, 0xff, 0x7d]))],
  ])('%s is a failed refresh: the keys at hand go on', async (_name, bad) => {
    const verifier = verifierWith();
    await verifier.ready();
    answer = bad;
    await vi.advanceTimersByTimeAsync(minutes(6));
    expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('ok');
    expect(events.some(({ type }) => type === 'keys_refresh_failed')).toBe(true);
  });

  test('an issuer that hangs holds up a request for 1.5 s, and what it sends later counts', async () => {
    const late = Promise.withResolvers<Response>();
    answer = () => late.promise;
    const verifier = verifierWith();
    const refused = outcome(verifier.verify(tokenOf(oldKey)));
    await vi.advanceTimersByTimeAsync(1500);
    expect(await refused).toBe('keys_unavailable');
    late.resolve(await keySet(oldKey)());
    await vi.advanceTimersByTimeAsync(0);
    expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('ok');
    expect(fetches).toBe(1);
  });

  test('an endless answer is cut off at the size limit', async () => {
    let pulled = 0;
    answer = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            pulled += 65_536;
            controller.enqueue(new Uint8Array(65_536).fill(0x20));
          },
        }),
      );
    await expect(verifierWith().ready({ timeoutMs: 0 })).rejects.toMatchObject({ status: 503 });
    expect(pulled).toBeLessThan(1_000_000);
  });

  test.each<[string, Answer, RegExp]>([
    ['an empty set', keySet(), /the key set is empty/],
    [
      'a set for encryption',
      () => Response.json({ keys: [{ ...oldKey.jwk, use: 'enc' }] }),
      /"old"/,
    ],
    ['another algorithm', keySet(signingKey('RS256', 'rsa')), /"rsa": it fits none of ES256/],
  ])(
    '%s removes no key: the last good set serves for staleIfErrorSeconds',
    async (_name, bad, why) => {
      const verifier = verifierWith({ staleIfErrorSeconds: 3300 });
      await verifier.ready();
      answer = bad;
      await vi.advanceTimersByTimeAsync(minutes(5));
      expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('ok');
      expect(verifier.status().keys).toBe('stale');
      // A kid that is not there may be a key of the set that was meant: no verdict on the token.
      expect(await outcome(verifier.verify(tokenOf(newKey)))).toBe('keys_unavailable');
      const failed = events.find(({ type }) => type === 'keys_refresh_failed');
      expect(failed).toMatchObject({ error: { message: expect.stringMatching(why) } });
      await vi.advanceTimersByTimeAsync(minutes(60));
      expect(verifier.status().keys).toBe('none');
      expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('keys_unavailable');
      answer = keySet(newKey);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(verifier.status().keys).toBe('fresh');
      expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('key_unknown');
    },
  );

  test('a start with a set of which no key can be used: 503, and ready() says why', async () => {
    answer = keySet();
    const verifier = verifierWith();
    expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('keys_unavailable');
    expect(verifier.status().keys).toBe('none');
    await expect(verifier.ready({ timeoutMs: 0 })).rejects.toMatchObject({
      cause: { message: 'the key set is empty' },
    });
  });

  test('ready() waits for an issuer that starts later', async () => {
    answer = down;
    const verifier = verifierWith();
    const ready = outcome(verifier.ready());
    await vi.advanceTimersByTimeAsync(20_000);
    expect(fetches).toBeGreaterThanOrEqual(10);
    expect(fetches).toBeLessThanOrEqual(25);
    answer = keySet(oldKey);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await ready).toBe('ok');
    expect(verifier.verifySync(tokenOf(oldKey)).subject).toBe('wangerge');
  });

  test('ready() tries soon even after long trouble', async () => {
    answer = down;
    const verifier = verifierWith();
    await outcome(verifier.verify(tokenOf(oldKey)));
    await vi.advanceTimersByTimeAsync(minutes(10));
    answer = keySet(oldKey);
    const ready = outcome(verifier.ready());
    await vi.advanceTimersByTimeAsync(2000);
    expect(await ready).toBe('ok');
  });

  test.each([
    [undefined, 30_000],
    [5000, 5000],
  ])('ready({ timeoutMs: %s }) gives up after %i ms', async (timeoutMs, limitMs) => {
    answer = down;
    const verifier = verifierWith();
    let over: string | undefined;
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    void outcome(verifier.ready(options)).then((code) => {
      over = code;
    });
    await vi.advanceTimersByTimeAsync(limitMs - 1);
    expect(over).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe('keys_unavailable');
  });

  test('ready() ends when the verifier is closed, and refuses a time without bound', async () => {
    answer = down;
    const verifier = verifierWith();
    const ready = outcome(verifier.ready());
    await vi.advanceTimersByTimeAsync(1000);
    verifier.close();
    expect(await ready).toBe('keys_unavailable');
    expect(await outcome(verifier.ready())).toBe('keys_unavailable');
    expect(vi.getTimerCount()).toBe(0);
    await expect(verifier.ready({ timeoutMs: Number.POSITIVE_INFINITY })).rejects.toThrow(
      /timeoutMs must be from 0 to 600000/,
    );
  });

  test('a clock that stands still does not end the retries', async () => {
    answer = down;
    const verifier = createVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      keys: { url: URL_OF_KEYS },
      fetch: (async () => answer()) as typeof fetch,
      now: () => START_MS,
    });
    open.push(verifier);
    const ready = outcome(verifier.ready());
    await vi.advanceTimersByTimeAsync(5000);
    answer = keySet(oldKey);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await ready).toBe('ok');
  });

  test('a key that is passed over is reported once, not with every refresh', async () => {
    answer = () => Response.json({ keys: [oldKey.jwk, { ...newKey.jwk, use: 'enc' }] });
    const verifier = verifierWith();
    await verifier.ready();
    await vi.advanceTimersByTimeAsync(minutes(30));
    expect(events.filter(({ type }) => type === 'keys_refreshed').length).toBeGreaterThan(3);
    expect(events.filter(({ type }) => type === 'key_skipped')).toHaveLength(1);
  });

  test('a set with unusable keys gives the others', async () => {
    const weak = { ...signingKey('RS256').jwk, kid: 'rsa' };
    answer = () => Response.json({ keys: [null, weak, { ...newKey.jwk, d: 'AA' }, oldKey.jwk] });
    const verifier = verifierWith();
    await verifier.ready();
    expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('ok');
    const skipped = events.filter(({ type }) => type === 'key_skipped');
    expect(skipped).toHaveLength(3);
    expect(JSON.stringify(skipped)).not.toContain(newKey.jwk.x);
  });

  test('a listener that throws harms nobody', async () => {
    const verifier = createVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      keys: { url: URL_OF_KEYS },
      fetch: (async () => answer()) as typeof fetch,
      onEvent: () => {
        throw new Error('the listener is broken');
      },
    });
    await verifier.ready();
    verifier.close();
    expect(verifier.verifySync(tokenOf(oldKey)).subject).toBe('wangerge');
  });

  test('close() ends the refreshing and the fetch under way', async () => {
    answer = () => new Promise<Response>(() => {});
    const verifier = verifierWith();
    void outcome(verifier.verify(tokenOf(oldKey)));
    verifier.close();
    expect(signals[0]?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(minutes(60));
    expect(fetches).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the snapshot', () => {
  let file: string;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'keys.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('makes a cold start work while the issuer is down, for staleIfErrorSeconds', async () => {
    await verifierWith({ snapshotFile: file }).ready();
    expect(readFileSync(file, 'utf8')).not.toContain('"d"');
    answer = down;
    await vi.advanceTimersByTimeAsync(minutes(60));
    const second = verifierWith({ snapshotFile: file });
    await second.ready();
    expect(second.verifySync(tokenOf(oldKey)).subject).toBe('wangerge');
    await vi.advanceTimersByTimeAsync(minutes(60 * 24));
    const third = verifierWith({ snapshotFile: file });
    expect(await outcome(third.verify(tokenOf(oldKey)))).toBe('keys_unavailable');
  });

  test.each([
    ['broken', '{"issuer":'],
    [
      'of another issuer',
      JSON.stringify({ issuer: 'x', fetchedMs: START_MS, keySet: { keys: [] } }),
    ],
    [
      'from the future',
      JSON.stringify({ issuer: ISSUER, fetchedMs: START_MS + 1, keySet: { keys: [] } }),
    ],
    ['without keys', JSON.stringify({ issuer: ISSUER, fetchedMs: START_MS, keySet: {} })],
    [
      'of 101 keys',
      JSON.stringify({
        issuer: ISSUER,
        fetchedMs: START_MS,
        keySet: { keys: Array(101).fill({}) },
      }),
    ],
  ])('%s counts for nothing', async (_name, text) => {
    writeFileSync(file, text);
    const verifier = verifierWith({ snapshotFile: file });
    expect(verifier.status().keys).toBe('none');
    expect(await outcome(verifier.verify(tokenOf(oldKey)))).toBe('ok');
  });

  test('that cannot be written is told, and costs nothing else', async () => {
    const verifier = verifierWith({ snapshotFile: join(folder, 'missing', 'keys.json') });
    await verifier.ready();
    expect(events.map(({ type }) => type)).toContain('snapshot_failed');
    expect(verifier.status().keys).toBe('fresh');
  });
});

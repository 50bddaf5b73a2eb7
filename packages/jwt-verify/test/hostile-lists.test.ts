import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createVerifier, type VerifierEvent } from '../src/index.ts';
import { CHANGE_EVENT, KEY_REMOVED, SESSION_REVOKED } from '../src/revocation/change-event.ts';
import {
  listClaims,
  listHeader,
  listToken,
  packed,
  startListServer,
  statusOf,
  uriOf,
} from './list-server.ts';
import {
  AUDIENCE,
  claimsOf,
  ISSUER,
  mint,
  NOW_SECONDS,
  now,
  type SigningKey,
  signingKey,
} from './tokens.ts';

const key = signingKey('ES256', 'one');
const other = signingKey('ES256', 'other');
const stranger = signingKey('ES256', 'one');

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const follow = async (
  lists: Record<string, string>,
  state: object,
  { maxLists = 256, keys = [key] as SigningKey[] } = {},
) => {
  const server = await startListServer(lists, state);
  const events: VerifierEvent[] = [];
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { jwks: { keys: keys.map(({ jwk }) => jwk) } },
    revocation: { url: server.url, maxLists },
    now,
    onEvent: (event) => void events.push(event),
  });
  closing.push(() => verifier.close(), server.close);
  const codeOf = (token: string) =>
    verifier.verify(token).then(
      () => 'accepted',
      (error) => String(error.code),
    );
  const at = (idx: number, id: string | number = 1) =>
    codeOf(mint(key, claimsOf(statusOf(idx, uriOf(id)))));
  const failureOf = (id: string | number = 1) => {
    const event = events.find((one) => one.type === 'status_list_failed' && one.uri === uriOf(id));
    return event?.type === 'status_list_failed' ? event.error.message : undefined;
  };
  return { server, verifier, events, at, codeOf, failureOf };
};

describe('a status list of several bits', () => {
  test.each([
    [1, Uint8Array.of(0b0000_0010, 0b1000_0000), [1, 15], 16],
    [2, Uint8Array.of(0b00_01_10_00, 0b11_00_00_00), [1, 2, 7], 8],
    [4, Uint8Array.of(0b0000_0001, 0b1000_0000), [0, 3], 4],
    [8, Uint8Array.of(0, 3, 0, 255), [1, 3], 4],
  ])('%i: any status but 0 is refused', async (bits, bytes, refused, size) => {
    const claims = listClaims({ status_list: { bits, lst: packed(bytes) } });
    const { at } = await follow({ 1: listToken(key, claims) }, { 1: 1 });
    const codes = await Promise.all(Array.from({ length: size }, (_, idx) => at(idx)));
    const expected = Array.from({ length: size }, (_, idx) =>
      refused.includes(idx) ? 'token_revoked' : 'accepted',
    );
    expect(codes).toEqual(expected);
    expect(await at(size)).toBe('claim_invalid');
  });
});

const BYTES = (count: number) => packed(new Uint8Array(count));
const withList = (list: object) => listToken(key, listClaims({ status_list: list }));

describe('a list that is not the one, or not of the form, is not used', () => {
  test.each<[string, string, RegExp]>([
    ['no token', 'gone fishing', /token_malformed/],
    ['of another key', listToken(stranger), /signature_invalid/],
    ['of an unknown key', listToken(other), /key_unknown/],
    ['of another issuer', listToken(key, listClaims({ iss: 'https://x' })), /issuer_mismatch/],
    ['another list', listToken(key, listClaims({ sub: uriOf(2) })), /it is the list/],
    ['without sub', listToken(key, listClaims({ sub: undefined })), /claim_missing/],
    ['expired', listToken(key, listClaims({ exp: NOW_SECONDS })), /token_expired/],
    ['without exp', listToken(key, listClaims({ exp: undefined })), /claim_missing/],
    ['an access token', mint(key, listClaims()), /type_not_allowed/],
    [
      'with crit',
      mint(key, listClaims(), listHeader(key, { crit: ['b64'] })),
      /critical_extension/,
    ],
    ['without a list', listToken(key, listClaims({ status_list: undefined })), /no status_list/],
    ['3 bits', withList({ bits: 3, lst: BYTES(8) }), /bits is not 1, 2, 4 or 8/],
    ['not base64url', withList({ bits: 1, lst: 'A===' }), /not base64url/],
    ['not zlib', withList({ bits: 1, lst: 'AAAA' }), /unknown compression method/],
    ['cut short', withList({ bits: 1, lst: BYTES(8).slice(0, -4) }), /unexpected end/],
    ['of 2^20 + 8 indices', withList({ bits: 1, lst: BYTES(2 ** 17 + 1) }), /larger than 131072/],
    ['a zlib bomb', withList({ bits: 1, lst: BYTES(2 ** 26) }), /larger than 131072/],
    ['a count with a fraction', listToken(key, listClaims({ seq: 0.5 })), /seq is not a whole/],
    ['over 256 KiB', `${listToken(key)}${'A'.repeat(262_144)}`, /over 262144 bytes/],
  ])('%s', async (_name, text, reason) => {
    const { at, failureOf, verifier } = await follow({ 1: text }, { 1: 1 });
    // The second index is revoked in the list; as it is not used, nothing is known of it.
    expect(await at(1)).toBe('accepted');
    expect(failureOf()).toMatch(reason);
    expect(verifier.status().revocation).not.toBe('current');
  });

  test('of 2^20 indices of 8 bits is used', async () => {
    const bytes = new Uint8Array(2 ** 20);
    bytes[2 ** 20 - 1] = 1;
    const { at } = await follow({ 1: withList({ bits: 8, lst: packed(bytes) }) }, { 1: 1 });
    expect([await at(2 ** 20 - 1), await at(2 ** 20 - 2)]).toEqual(['token_revoked', 'accepted']);
  });
});

const changeOf = (list: object) => ({ [SESSION_REVOKED]: { status_lists: [list] } });
const event = (signer: SigningKey, claims: object, header: object = {}) =>
  mint(
    signer,
    {
      iss: ISSUER,
      iat: NOW_SECONDS,
      jti: 'e-1',
      sub_id: { format: 'uri', uri: uriOf(1) },
      ...claims,
    },
    { alg: 'ES256', typ: 'secevent+jwt', kid: signer.kid, ...header },
  );
const revokes = (indices: unknown, list: object = {}) =>
  changeOf({ uri: uriOf(1), after: 1, seq: 2, idx: indices, ...list });

describe('an event', () => {
  test('that is good revokes, the control of this test', async () => {
    const { at, server, verifier } = await follow({ 1: listToken(key) }, { 1: 1 });
    await verifier.ready();
    server.write('change', event(key, { events: revokes([0, 5]) }));
    await vi.waitFor(async () => expect(await at(5)).toBe('token_revoked'));
    expect([await at(0), await at(4)]).toEqual(['token_revoked', 'accepted']);
  });

  test.each<[string, string]>([
    ['of a stranger', event(stranger, { events: revokes([0]) })],
    ['of an unknown key', event(other, { events: revokes([0]) })],
    ['unsigned', event(key, { events: revokes([0]) }).replace(/\.[^.]*$/, '.')],
    ['of another issuer', event(key, { iss: 'https://x', events: revokes([0]) })],
    ['that is an access token', event(key, { events: revokes([0]) }, { typ: 'at+jwt' })],
    ['with crit', event(key, { events: revokes([0]) }, { crit: [] })],
    ['that expired', event(key, { exp: NOW_SECONDS, events: revokes([0]) })],
    ['without jti', event(key, { jti: undefined, events: revokes([0]) })],
    ['without events', event(key, {})],
    ['of a list elsewhere', event(key, { events: revokes([0], { uri: 'https://x/1' }) })],
    ['with idx that is no list', event(key, { events: revokes(0) })],
    ['with an idx of text', event(key, { events: revokes([0, '1']) })],
    ['with a seq of text', event(key, { events: revokes([0], { seq: '2' }) })],
    ['of another kind', event(key, { events: { 'urn:other': { idx: [0] } } })],
    ['over 64 KiB', event(key, { pad: 'x'.repeat(CHANGE_EVENT.maxBytes), events: revokes([0]) })],
    ['that is no token', '{"lists":{"1":0}}'],
  ])('%s revokes nothing, and the next good one is heard', async (name, text) => {
    const { at, server, verifier } = await follow({ 1: listToken(key) }, { 1: 1 });
    await verifier.ready();
    server.write('change', text);
    server.write('change', event(key, { events: revokes([7]) }));
    // An event that is too long ends the connection; the server here does not send again.
    if (name !== 'over 64 KiB') {
      await vi.waitFor(async () => expect(await at(7)).toBe('token_revoked'));
    }
    expect(await at(0)).toBe('accepted');
  });

  test('with an index beyond the list sets the others', async () => {
    const { at, server, verifier } = await follow({ 1: listToken(key) }, { 1: 1 });
    await verifier.ready();
    server.write('change', event(key, { events: revokes([64, 1_000_000, 3]) }));
    await vi.waitFor(async () => expect(await at(3)).toBe('token_revoked'));
  });

  test('that comes before its list counts when the list is there', async () => {
    const lists: Record<string, string> = { 1: listToken(key) };
    const { at, server, verifier } = await follow(lists, { 1: 1 });
    await verifier.ready();
    const change = { uri: uriOf(2), after: 1, seq: 2, idx: [9] };
    server.write('change', event(key, { events: changeOf(change) }));
    await vi.waitFor(async () => expect(await at(9, 2)).toBe('token_revoked'));
    lists[2] = listToken(key, listClaims({ seq: 1 }, 2));
    await vi.waitFor(async () => expect(await at(1, 2)).toBe('token_revoked'), 5000);
    expect([await at(9, 2), await at(8, 2)]).toEqual(['token_revoked', 'accepted']);
  });
});

describe('the removal of a key', () => {
  const removal = (signer: SigningKey, kid: unknown) =>
    event(signer, { events: { [KEY_REMOVED]: { kid } } });
  const followBoth = () => follow({ 1: listToken(key) }, { 1: 1 }, { keys: [key, other] });

  test('holds for a given set too, and for its lists and events', async () => {
    const { codeOf, server, verifier, events, at } = await followBoth();
    await verifier.ready();
    const token = mint(other, claimsOf(statusOf(0)));
    expect(await codeOf(token)).toBe('accepted');
    server.write('change', removal(key, other.kid));
    await vi.waitFor(async () => expect(await codeOf(token)).toBe('key_unknown'));
    expect(events).toContainEqual({ type: 'key_removed', issuer: ISSUER, kid: other.kid });
    server.write('change', event(other, { events: revokes([0]) }));
    await vi.waitFor(() =>
      expect(events.map(({ type }) => type)).toContain('revocation_event_refused'),
    );
    expect(await at(0)).toBe('accepted');
  });

  test.each([
    ['by a stranger', removal(stranger, other.kid)],
    ['of the key that signed it', removal(other, other.kid)],
    ['without a kid', removal(key, undefined)],
  ])('%s removes nothing', async (_name, text) => {
    const { codeOf, server, verifier, events } = await followBoth();
    await verifier.ready();
    server.write('change', text);
    await vi.waitFor(() =>
      expect(events.map(({ type }) => type)).toContain('revocation_event_refused'),
    );
    expect(await codeOf(mint(other, claimsOf(statusOf(0))))).toBe('accepted');
  });
});

test('a key that was removed is not brought back by a snapshot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'removed-'));
  const snapshotFile = join(folder, 'keys.json');
  const files: Record<string, string> = {
    1: listToken(key),
    keys: JSON.stringify({ keys: [key.jwk, other.jwk] }),
  };
  const server = await startListServer(files, { 1: 1 });
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { url: `${server.url}/keys`, snapshotFile },
    revocation: { url: server.url },
    now,
  });
  closing.push(
    () => verifier.close(),
    server.close,
    () => rmSync(folder, { recursive: true }),
  );
  await verifier.ready();
  expect(existsSync(snapshotFile)).toBe(true);
  delete files.keys;
  server.write('change', event(key, { events: { [KEY_REMOVED]: { kid: other.kid } } }));
  await vi.waitFor(() => expect(existsSync(snapshotFile)).toBe(false));
  expect(() => verifier.verifySync(mint(other))).toThrow(/key_unknown/);
  expect(verifier.verifySync(mint(key)).subject).toBe('wangerge');
});

describe('a state, which no one signed', () => {
  test('that invents changes costs few fetches', async () => {
    const { server, verifier, at } = await follow({ 1: listToken(key) }, { 1: 1 });
    await verifier.ready();
    for (let seq = 2; seq < 200; seq++) {
      server.write('state', JSON.stringify({ lists: { 1: seq } }));
      server.write('state', JSON.stringify({ lists: { 1: 1 } }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(server.requests.filter((path) => path === '/1').length).toBeLessThan(6);
    expect([await at(0), await at(1)]).toEqual(['accepted', 'token_revoked']);
  });

  test('that invents lists costs no place of a real one', async () => {
    const lists = { 1: listToken(key), 2: listToken(key, listClaims({}, 2)) };
    const { server, verifier, at } = await follow(lists, { 1: 1 }, { maxLists: 8 });
    await verifier.ready();
    for (let round = 0; round < 50; round++) {
      const lists = Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [`x${round}-${i}`, 1]),
      );
      server.write('state', JSON.stringify({ lists }));
    }
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Of 25,000 names 7 had a place, each with a growing delay after its failure.
    expect(server.requests.filter((path) => path.startsWith('/x')).length).toBeLessThan(20);
    expect([await at(0), await at(1)]).toEqual(['accepted', 'token_revoked']);
    // A token names this list, so an invented one makes room for it.
    expect(await at(1, 2)).toBe('token_revoked');
  });

  test('that has an older list fetched clears nothing', async () => {
    const lists = { 1: listToken(key) };
    const { server, verifier, events, at } = await follow(lists, { 1: 1 });
    await verifier.ready();
    server.write('change', event(key, { events: revokes([5]) }));
    await vi.waitFor(async () => expect(await at(5)).toBe('token_revoked'));
    lists[1] = listToken(key, listClaims({ seq: 0, status_list: { bits: 1, lst: BYTES(8) } }));
    server.write('state', '{"lists":{"1":9}}');
    const fetched = () => events.filter(({ type }) => type === 'status_list_fetched').length;
    await vi.waitFor(() => expect(fetched()).toBe(2));
    expect([await at(1), await at(5), await at(0)]).toEqual([
      'token_revoked',
      'token_revoked',
      'accepted',
    ]);
  });

  test('that leaves a list out, or counts backwards, makes nothing forgotten', async () => {
    const { server, verifier, at } = await follow({ 1: listToken(key) }, { 1: 1 });
    await verifier.ready();
    for (const data of ['{"lists":{}}', '{"lists":{"1":0}}', '{"lists":[]}', 'x', '{}', 'null']) {
      server.write('state', data);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await at(1)).toBe('token_revoked');
  });

  test('lists beyond maxLists are 503, and the others are as before', async () => {
    const lists = Object.fromEntries(
      [1, 2, 3].map((id) => [id, listToken(key, listClaims({}, id))]),
    );
    const { verifier, at } = await follow(lists, { 1: 1, 2: 1 }, { maxLists: 2 });
    await verifier.ready();
    expect([await at(0, 1), await at(0, 2), await at(0, 3)]).toEqual([
      'accepted',
      'accepted',
      'revocation_unavailable',
    ]);
  });
});

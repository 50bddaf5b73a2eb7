import { expect, test } from 'vitest';
import { type KeyFacts, type KeyPolicy, planKeyChanges } from '../src/keys/key-lifecycle.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const policy: KeyPolicy = {
  algorithm: 'ES256',
  publishAheadMs: HOUR,
  rotationMs: 24 * HOUR,
  retainMs: HOUR,
};
const hoursAgo = (hours: number) => new Date(NOW - hours * HOUR);

const key = (
  id: string,
  state: KeyFacts['state'],
  hours: number,
  algorithm = 'ES256',
): KeyFacts => ({
  id,
  algorithm,
  state,
  createdAt: hoursAgo(hours),
  activatedAt: state === 'next' ? null : hoursAgo(hours),
  retiredAt: state === 'retiring' ? hoursAgo(hours) : null,
});

const plan = (keys: KeyFacts[], more: { rotate?: boolean; startedAt?: number } = {}, over = {}) =>
  planKeyChanges(keys, { ...policy, ...over }, { now: NOW, startedAt: NOW, ...more }).map(
    (change) => (change.do === 'create' ? `create ${change.state}` : `${change.do} ${change.id}`),
  );

const ROTATION = ['retire a', 'activate n', 'create next'];

test('the first start makes one key that signs and one that is next', () => {
  expect(plan([])).toEqual(['create active', 'create next']);
});

test('between rotations there is nothing to do', () => {
  expect(plan([key('a', 'active', 23), key('n', 'next', 23)])).toEqual([]);
});

test('the schedule rotates; a next that is not known everywhere yet waits', () => {
  expect(plan([key('a', 'active', 24), key('n', 'next', 24)])).toEqual(ROTATION);
  expect(plan([key('a', 'active', 24), key('n', 'next', 0.9)])).toEqual([]);
});

test('a rotation by hand obeys the same wait', () => {
  expect(plan([key('a', 'active', 2), key('n', 'next', 2)], { rotate: true })).toEqual(ROTATION);
  expect(plan([key('a', 'active', 2), key('n', 'next', 0.5)], { rotate: true })).toEqual([]);
});

test('a retiring key stays until its last token has expired', () => {
  const rest = [key('a', 'active', 2), key('n', 'next', 2)];
  expect(plan([...rest, key('r', 'retiring', 0.9)])).toEqual([]);
  expect(plan([...rest, key('r', 'retiring', 1)])).toEqual(['remove r']);
});

test('without the key that signs, the next takes over at once', () => {
  expect(plan([key('n', 'next', 0)])).toEqual(['activate n', 'create next']);
  expect(plan([key('r', 'retiring', 0)])).toEqual(['create active', 'create next']);
});

test('another algorithm replaces the next key, which never signed, and then rotates', () => {
  const to = { algorithm: 'EdDSA' };
  const active = key('a', 'active', 2);
  expect(plan([active, key('n', 'next', 2)], {}, to)).toEqual(['remove n', 'create next']);
  expect(plan([active, key('n', 'next', 0.5, 'EdDSA')], {}, to)).toEqual([]);
  expect(plan([active, key('n', 'next', 1, 'EdDSA')], {}, to)).toEqual(ROTATION);
});

test('an instance that still runs with the old algorithm does not undo the new one', () => {
  const keys = [key('a', 'active', 2), key('n', 'next', 0.5, 'EdDSA')];
  expect(plan(keys, { startedAt: NOW - HOUR })).toEqual([]);
});

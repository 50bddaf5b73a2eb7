import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createVerifier, type Verifier } from '../src/index.ts';
import { startTestIssuer, type TestStatusBehavior } from '../src/testing.ts';
import { Door } from './chaos-door.ts';

const REVOCATIONS = 1000;
const SEED = Number(process.env.CHAOS_SEED ?? 20_261_125);

/** Numbers that a seed repeats (Park and Miller). */
const randomFrom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
};

const BEHAVIORS: readonly TestStatusBehavior[] = [
  'well',
  'silent',
  'losing',
  'doubling',
  'reordering',
  'stale',
  'down',
];

const outcomeOf = (verifier: Verifier, token: string): string => {
  try {
    verifier.verifySync(token);
    return 'accepted';
  } catch (error) {
    return String((error as { code?: string }).code);
  }
};

test(`${REVOCATIONS} revocations under chaos: none lost, nobody refused by mistake (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const issuer = await startTestIssuer();
  const door = new Door(issuer.issuer);
  await door.open();
  const copies = [1, 2, 3].map(() =>
    createVerifier({
      ...issuer.verifierOptions(),
      keys: { jwks: issuer.jwks() },
      revocation: { url: `${door.url}/status-lists` },
    }),
  );
  await Promise.all(copies.map((copy) => copy.ready()));
  const random = randomFrom(SEED);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;

  const kept = Array.from({ length: 200 }, () => issuer.mint());
  const toRevoke: string[] = [];
  for (let i = 0; i < REVOCATIONS; i++) {
    if (i % 250 === 249) issuer.statusLists.open();
    toRevoke.push(issuer.mint());
  }
  const revoked: string[] = [];
  const mistakes = new Set<string>();
  const disturb = async () => {
    const what = random(10);
    if (what < 5) issuer.statusLists.behave(pick(BEHAVIORS));
    else if (what < 7) issuer.statusLists.cut();
    else if (what < 8) door.shut();
    else if (what < 9) issuer.statusLists.forge(pick(kept));
    else await door.open();
  };
  for (const token of toRevoke) {
    issuer.revoke(token);
    revoked.push(token);
    if (random(8) === 0) await disturb();
    if (random(4) === 0) await sleep(random(60));
    for (const copy of copies) {
      const outcome = outcomeOf(copy, pick(kept));
      if (outcome !== 'accepted') mistakes.add(outcome);
    }
  }

  issuer.statusLists.behave('well');
  await door.open();
  const lost = () =>
    copies.flatMap((copy) => revoked.filter((token) => outcomeOf(copy, token) !== 'token_revoked'))
      .length;
  await vi.waitFor(() => expect(lost()).toBe(0), { timeout: 40_000, interval: 100 });
  await vi.waitFor(
    () =>
      expect(copies.map((copy) => copy.status().revocation)).toEqual(copies.map(() => 'current')),
    { timeout: 40_000, interval: 100 },
  );
  for (const copy of copies) {
    for (const token of kept) {
      const outcome = outcomeOf(copy, token);
      if (outcome !== 'accepted') mistakes.add(outcome);
    }
  }
  expect([...mistakes]).toEqual([]);
  expect(lost()).toBe(0);
  for (const copy of copies) copy.close();
  door.shut();
  await issuer.close();
});

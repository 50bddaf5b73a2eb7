import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService, testClock } from './harness.ts';

/**
 * Every interleaving of an owner and of a thief who copied the first refresh token, against the
 * real service. Owner: uses the newest token, or does and loses the answer. Thief: uses the newest
 * token, or the copied one. `THEFT_STEPS=4` looks further.
 */
const MOVES = ['owner uses', 'owner loses', 'thief uses', 'thief repeats'] as const;
const STEPS = Number(process.env.THEFT_STEPS ?? 2);
const AT_ONCE = 8;
/** Seconds before each step: within the short retry, within the long one, and after it. */
const GAPS = [[60], [5], [60, 5], [1_000, 60]];

const clock = testClock();
let auth: AuthService;
beforeAll(async () => {
  const env = { REFRESHES_PER_ADDRESS: '1000000', LOGIN_FREE_FAILURES: '1000' };
  auth = await startAuthService({ env, now: clock.now });
});
afterAll(() => auth.stop());

interface Family {
  moves: readonly (typeof MOVES)[number][];
  /** Oldest first; the owner forgets a token when its successor arrives. */
  owner: string[];
  thief: string[];
  thiefServed: boolean;
}

const refresh = (refresh_token: string) =>
  auth.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } });

async function use(
  held: string[],
  token = held.at(-1) as string,
  { lost = false } = {},
): Promise<boolean> {
  const { status, body } = await refresh(token);
  if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant']);
  if (status === 200 && !lost) held.push(body.refresh_token);
  return status === 200;
}

const moveOf: Record<(typeof MOVES)[number], (family: Family) => Promise<unknown>> = {
  'owner uses': ({ owner }) => use(owner),
  'owner loses': ({ owner }) => use(owner, owner.at(-1), { lost: true }),
  async 'thief uses'(family) {
    family.thiefServed = (await use(family.thief)) || family.thiefServed;
  },
  async 'thief repeats'(family) {
    family.thiefServed = (await use(family.thief, family.thief[0])) || family.thiefServed;
  },
};

function interleavings(steps: number): Family['moves'][] {
  if (steps === 0) return [[]];
  return interleavings(steps - 1).flatMap((moves) => MOVES.map((move) => [...moves, move]));
}

async function each<T>(items: readonly T[], work: (item: T, at: number) => Promise<unknown>) {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map((item, at) => work(item, from + at)));
  }
}

async function start(moves: Family['moves']): Promise<Family> {
  const { refresh_token } = (await auth.login('wangerge')).body;
  return { moves, owner: [refresh_token], thief: [refresh_token], thiefServed: false };
}

/** All families take their steps together, because they share the clock. */
async function play(gaps: readonly number[]): Promise<Family[]> {
  const families: Family[] = [];
  await each(interleavings(STEPS), async (moves) => families.push(await start(moves)));
  for (let step = 0; step < STEPS; step++) {
    clock.forwardSeconds(gaps[step % gaps.length] as number);
    await each(families, async (family) => {
      const move = family.moves[step];
      if (move) await moveOf[move](family);
    });
  }
  return families;
}

const isOnlyOwner = ({ moves }: Family) => moves.every((move) => move.startsWith('owner'));

test.each(GAPS)(
  'steps %d s apart: no thief keeps a login that its owner goes on using',
  async (...gaps) => {
    const families = await play(gaps);
    const twoAlive = await auth.pool.query(
      `SELECT session_id FROM refresh_token JOIN session ON session.id = session_id
       WHERE used_at IS NULL AND ended_at IS NULL GROUP BY session_id HAVING count(*) > 1`,
    );
    expect(twoAlive.rows).toEqual([]);

    const faults: string[] = [];
    const fault = ({ moves }: Family, what: string) => faults.push(`${moves.join()}: ${what}`);
    const ownerIsIn = new Set(families);
    for (const round of [1, 2]) {
      clock.forwardSeconds(60);
      await each(families, async (family) => {
        if (!ownerIsIn.has(family) || !(await use(family.owner))) ownerIsIn.delete(family);
      });
      clock.forwardSeconds(60);
      // In two of three families the thief follows right behind, in the third it lies low.
      await each(families, async (family, at) => {
        if (isOnlyOwner(family) || at % 3 === 0) return;
        const served = await use(family.thief);
        if (served && round === 2) fault(family, 'the thief still follows');
        family.thiefServed ||= served;
      });
    }
    clock.forwardSeconds(60);
    await each(families, async (family, at) => {
      const { owner, thief, thiefServed } = family;
      if (isOnlyOwner(family)) {
        const isInTime = Math.max(...gaps) < 900;
        if (isInTime && !ownerIsIn.has(family)) fault(family, 'an owner alone is locked out');
        return;
      }
      // The newest first in one family, the oldest in the next: a refusal ends the family.
      for (const token of at % 2 ? thief : thief.toReversed()) {
        if ((await refresh(token)).status === 200) fault(family, 'the thief is in');
      }
      if (!thiefServed) return;
      for (const token of owner) {
        if ((await refresh(token)).status === 200) fault(family, 'a session is open after a theft');
      }
    });
    expect(faults).toEqual([]);
  },
  300_000,
);

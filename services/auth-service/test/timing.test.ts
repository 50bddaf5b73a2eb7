import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';

/** `TIMING_TRIES=200` for the long form. */
const tries = Number(process.env.TIMING_TRIES ?? 40);
/** Few attempts on a busy machine say less. */
const tolerance = tries >= 200 ? 0.05 : 0.25;

let auth: AuthService;
beforeAll(async () => {
  // Timed are attempts that are not held up.
  const free = '1000';
  auth = await startAuthService({
    env: {
      LOGIN_FREE_FAILURES: free,
      LOGIN_FAILURES_PER_ACCOUNT: free,
      LOGIN_FAILURES_PER_ADDRESS: free,
    },
  });
});
afterAll(() => auth.stop());

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

test(
  'a wrong user costs the time of a wrong password',
  async () => {
    const timed = async (form: Record<string, string>) => {
      const startedAt = performance.now();
      const { status } = await auth.request('POST /token', { form });
      expect(status).toBe(401);
      return performance.now() - startedAt;
    };
    const wrongUser: number[] = [];
    const wrongPassword: number[] = [];
    for (let i = 0; i < tries + 5; i++) {
      const unknown = { username: `nobody${i}`, password: PASSWORD };
      const known = { username: 'wangerge', password: `wrong-${i}` };
      // Taken in turns, so that what else the machine does falls on both alike.
      if (i % 2) wrongUser.push(await timed(unknown));
      wrongPassword.push(await timed(known));
      if (!(i % 2)) wrongUser.push(await timed(unknown));
    }
    // Each beside its neighbor: a machine that is busy for a while slows both down.
    const ratios = wrongUser.map((ms, at) => ms / (wrongPassword[at] as number));
    const ratio = median(ratios.slice(5));
    if (tries >= 200) process.stdout.write(`wrong user / wrong password: ${ratio.toFixed(3)}\n`);
    expect(Math.abs(ratio - 1)).toBeLessThan(tolerance);
  },
  20_000 + tries * 500,
);

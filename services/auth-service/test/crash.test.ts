import { expect, test } from 'vitest';
import { crashRounds, importRounds } from './crash-rounds.ts';
import { startAuthService } from './harness.ts';

/** `CRASH_KILLS=100` for the long form. */
const kills = Number(process.env.CRASH_KILLS ?? 2);

test(
  `killed ${kills} times while it registers, refreshes and rotates: nothing is lost`,
  async () => {
    const auth = await startAuthService();
    const report = await crashRounds(auth, kills);
    await auth.stop();
    if (kills > 10) process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(report.faults).toEqual([]);
    expect(report.refreshed).toBeGreaterThan(kills);
  },
  60_000 + kills * 10_000,
);

test(
  `an import killed ${kills} times: whole batches are left, and run again it ends`,
  async () => {
    const auth = await startAuthService();
    const { faults, left } = await importRounds(auth, kills);
    await auth.stop();
    if (kills > 10) process.stdout.write(`${JSON.stringify({ left })}\n`);
    expect(faults).toEqual([]);
    expect(left.every((people) => people > 0)).toBe(true);
  },
  60_000 + kills * 15_000,
);

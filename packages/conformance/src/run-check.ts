import type { Check } from './checks/check.ts';
import { Skipped } from './checks/skipped.ts';
import type { Context } from './context.ts';
import type { CheckResult } from './report/report.ts';

/** Run one check, and never throw: a check that breaks has failed. */
export const runCheck = async (check: Check, context: Context): Promise<CheckResult> => {
  const { id, title, rfc, severity, profiles, needsCommand = false } = check;
  const startedMs = performance.now();
  const facts = { id, title, rfc, severity };
  const end = () => Math.round(performance.now() - startedMs);
  const skip = (reason: string): CheckResult => ({
    ...facts,
    outcome: 'skipped',
    durationMs: end(),
    failures: [],
    reason,
  });
  const { profile } = context.tokens;
  if (profiles?.includes(profile) === false) return skip(`not of the ${profile} profile`);
  if (needsCommand && !context.hasProcess) {
    return skip('needs the command that starts the service, after --');
  }
  try {
    const failures = await check.run(context);
    const outcome = failures.length === 0 ? 'passed' : 'failed';
    return { ...facts, outcome, durationMs: end(), failures };
  } catch (error) {
    if (error instanceof Skipped) return skip(error.message);
    const { message } = error as Error;
    const failures = [{ where: id, expected: 'a service that can be asked', actual: message }];
    return { ...facts, outcome: 'failed', durationMs: end(), failures };
  }
};

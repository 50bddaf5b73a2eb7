import type { Failure } from '../checks/check.ts';
import type { Profile } from '../issuer/tokens.ts';

/** What came of one check. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly rfc: string;
  readonly severity: 'must' | 'should';
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  readonly failures: readonly Failure[];
  /** Why it was skipped. */
  readonly reason?: string;
}

/** What came of a run. */
export interface Report {
  readonly service: string;
  readonly url: string;
  readonly profile: Profile;
  readonly results: readonly CheckResult[];
  /** No check of severity `must` failed. */
  readonly passed: boolean;
}

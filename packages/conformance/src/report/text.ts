import type { CheckResult, Report } from './report.ts';

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const;
/** Of one check: the first ones say what is wrong, the others where else. */
const SHOWN_FAILURES = 3;

/** One check, as a line or more. */
export const toLines = (result: CheckResult): string[] => {
  const { id, title, rfc, severity, outcome, failures, reason } = result;
  const mark = outcome === 'failed' && severity === 'should' ? '!' : MARKS[outcome];
  const head = `${mark} ${id.padEnd(32)} ${title}`;
  if (outcome === 'passed') return [head];
  if (outcome === 'skipped') return [`${head} (skipped: ${reason})`];
  const shown = failures
    .slice(0, SHOWN_FAILURES)
    .flatMap(({ where, expected, actual, curl }) => [
      `    ${where}`,
      `      expected  ${expected}`,
      `      actual    ${actual}`,
      ...(curl === undefined ? [] : [`      repeat    ${curl}`]),
    ]);
  const others = failures.length - SHOWN_FAILURES;
  return [
    `${head} (${rfc})`,
    ...shown,
    ...(others > 0 ? [`    and ${others} more like these`] : []),
  ];
};

export const summaryOf = ({ results, passed }: Report): string => {
  const count = (outcome: CheckResult['outcome'], severity?: CheckResult['severity']) =>
    results.filter((one) => one.outcome === outcome && one.severity === (severity ?? one.severity))
      .length;
  return [
    passed ? 'The service conforms' : 'The service does not conform',
    `${count('passed')} passed`,
    `${count('failed', 'must')} failed`,
    `${count('failed', 'should')} to improve`,
    `${count('skipped')} skipped`,
  ]
    .join(', ')
    .replace(', ', ': ');
};

export const toText = (report: Report): string =>
  `${[...report.results.flatMap(toLines), '', summaryOf(report)].join('\n')}\n`;

/** What a test compares with an empty list: each failure of severity `must`, in one line. */
export const failuresOf = ({ results }: Report): string[] =>
  results
    .filter(({ outcome, severity }) => outcome === 'failed' && severity === 'must')
    .flatMap(({ id, failures }) =>
      failures.map(
        ({ where, expected, actual }) => `${id}: ${where}: expected ${expected}, was ${actual}`,
      ),
    );

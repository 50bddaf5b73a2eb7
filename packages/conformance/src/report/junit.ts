import type { CheckResult, Report } from './report.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
// XML 1.0 §2.2 has no place for these, escaped or not.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed.
const NOT_IN_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(NOT_IN_XML, '\ufffd')
    .replaceAll(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

const contentOf = ({ outcome, severity, failures, reason = '' }: CheckResult): string => {
  if (outcome === 'skipped') return `<skipped message="${escapeXml(reason)}"/>`;
  if (outcome === 'passed') return '';
  const text = failures
    .map(({ where, expected, actual, curl = '' }) =>
      [where, `expected ${expected}`, `actual ${actual}`, curl].join('\n'),
    )
    .join('\n\n');
  const [first] = failures;
  const message = escapeXml(`${first?.where}: expected ${first?.expected}, was ${first?.actual}`);
  return severity === 'must'
    ? `<failure message="${message}">${escapeXml(text)}</failure>`
    : `<system-out>${escapeXml(text)}</system-out>`;
};

const caseOf = (result: CheckResult): string => {
  const { id, title, rfc, durationMs } = result;
  const [subject = id] = id.split('.');
  const name = escapeXml(`${id}: ${title} (${rfc})`);
  const time = (durationMs / 1000).toFixed(3);
  const content = contentOf(result);
  return `  <testcase classname="${escapeXml(subject)}" name="${name}" time="${time}">${content}</testcase>`;
};

/** As most CI systems read it. */
export const toJunit = ({ service, results }: Report): string => {
  const count = (outcome: CheckResult['outcome']) =>
    results.filter((one) => one.outcome === outcome).length;
  const failures = results.filter((one) => one.outcome === 'failed' && one.severity === 'must');
  const counts = `tests="${results.length}" failures="${failures.length}" skipped="${count('skipped')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="conformance ${escapeXml(service)}" ${counts}>`,
    ...results.map(caseOf),
    '</testsuite>',
    '',
  ].join('\n');
};

import { detailOf, ERROR_TABLE, type ErrorFacts } from '../src/error-table.ts';
import { VERIFICATION_STEPS } from '../src/verification-steps.ts';

/** docs/errors.md, out of the tables that the code acts on. */
export const errorReference = (): string => {
  const steps = VERIFICATION_STEPS.map(
    ({ name, by, optional, passed }, at) =>
      `| ${at + 1} | ${name} | ${by} | ${passed} | ${optional ? 'where asked for' : 'always'} |`,
  );
  const codes = new Set(VERIFICATION_STEPS.flatMap((step) => step.codes));
  const failures = [...codes].map((code) => {
    const { status, error, description }: ErrorFacts = ERROR_TABLE[code];
    const where = VERIFICATION_STEPS.filter((step) =>
      (step.codes as readonly string[]).includes(code),
    ).map(({ name }) => name);
    return `| \`${code}\` | ${where.join(', ')} | ${status} | ${error === undefined ? '' : `\`${error}\``} | ${description} | ${detailOf(code)} |`;
  });
  return `# Failures

Each is a \`TokenError\` with \`code\`, \`status\`, \`headers\`, \`detail\` and \`toProblem()\`; those are public.
\`message\`, \`expected\` and \`actual\` are for logs. \`keys_unavailable\` is a \`KeysUnavailableError\`.

## Steps

They are taken in this order, and the first that fails decides. The signature is checked after what the
token says of itself: a token that would be refused anyway costs no arithmetic. Nothing of a token is passed
on before all steps are done.

| no. | step | taken by | what holds after it | taken |
| --- | --- | --- | --- | --- |
${steps.join('\n')}

## Codes

The fourth column is the error code of the \`WWW-Authenticate\` challenge (RFC 6750 §3.1, RFC 9470 §3).

| code | step | status | challenge | what happened | \`detail\` |
| --- | --- | --- | --- | --- | --- |
${failures.join('\n')}
`;
};

import { detailOf, ERROR_TABLE, type ErrorFacts, type TokenErrorCode } from '../src/error-table.ts';

/** docs/errors.md, out of the table that the code acts on. */
export const errorReference = (): string => {
  const rows = (Object.entries(ERROR_TABLE) as [TokenErrorCode, ErrorFacts][]).map(
    ([code, { status, error, description }]) =>
      `| \`${code}\` | ${status} | ${error === undefined ? '' : `\`${error}\``} | ${description} | ${detailOf(code)} |`,
  );
  return `# Failures

Each is a \`TokenError\` with \`code\`, \`status\`, \`headers\`, \`detail\` and \`toProblem()\`; those are public.
\`message\`, \`expected\` and \`actual\` are for logs. \`keys_unavailable\` is a \`KeysUnavailableError\`.
The third column is the error code of the \`WWW-Authenticate\` challenge (RFC 6750 §3.1).

| code | status | challenge | what happened | \`detail\` |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
};

import { ALL_CHECKS } from '../src/checks/all-checks.ts';
import { PROFILES } from '../src/issuer/tokens.ts';

const BEGINNING = `# Every check

Written by \`pnpm --filter @latchkey/conformance run docs\`. A failed \`should\` is reported, and is no reason to
fail. *command*: only where the kit starts the service itself.

| check | what a service does | rule | severity | profiles |
| --- | --- | --- | --- | --- |
`;

/** docs/checks.md, out of the checks themselves. */
export const checksDocument = (): string => {
  const rows = ALL_CHECKS.map(({ id, title, rfc, severity, profiles = PROFILES, needsCommand }) => {
    const needs = needsCommand === true ? ', command' : '';
    return `| \`${id}\` | ${title} | ${rfc} | ${severity} | ${profiles.join(', ')}${needs} |\n`;
  });
  return BEGINNING + rows.join('');
};

import { DOCUMENTED } from '../issuer/tokens.ts';
import { ACCESS_CHECKS } from './access.ts';
import { ANSWER_CHECKS } from './answers.ts';
import { BODY_CHECKS } from './bodies.ts';
import { CHALLENGE_CHECKS } from './challenges.ts';
import type { Check } from './check.ts';
import { CREDENTIAL_CHECKS } from './credentials.ts';
import { INPUT_CHECKS } from './inputs.ts';
import { ISSUER_CHECKS } from './issuer-trouble.ts';
import { KEY_CHECKS } from './keys.ts';
import { LIFECYCLE_CHECKS } from './lifecycle.ts';
import { MANIFEST_CHECKS } from './manifest.ts';
import { MCP_CHECKS } from './mcp.ts';
import { PROBLEM_CHECKS } from './problems.ts';
import { REVOCATION_CHECKS } from './revocation.ts';
import { FORGERY_CHECKS } from './revocation-forgeries.ts';
import { LISTS_AWAY_CHECK } from './revocation-trouble.ts';
import { ROW_CHECKS } from './rows.ts';
import { TOKEN_CHECKS } from './tokens.ts';

/** What holds for resources with an API document, not for an endpoint of JSON-RPC. */
const ofResources = (checks: readonly Check[]): readonly Check[] =>
  checks.map((check) => ({ profiles: DOCUMENTED, ...check }));

/** In the order in which they run: those that put issuer or service into trouble come last. */
export const ALL_CHECKS: readonly Check[] = [
  ...MANIFEST_CHECKS,
  ...CREDENTIAL_CHECKS,
  ...TOKEN_CHECKS,
  ...ofResources(CHALLENGE_CHECKS),
  ...ACCESS_CHECKS,
  ...ofResources(ROW_CHECKS),
  ...ofResources(BODY_CHECKS),
  ...ofResources(INPUT_CHECKS),
  ...ofResources(PROBLEM_CHECKS),
  ...ofResources(ANSWER_CHECKS),
  ...MCP_CHECKS,
  ...REVOCATION_CHECKS,
  ...FORGERY_CHECKS,
  LISTS_AWAY_CHECK,
  ...KEY_CHECKS,
  ...ISSUER_CHECKS,
  ...LIFECYCLE_CHECKS,
];

/** `token` names every check whose id begins with `token.`. */
export const isNamed = (id: string, name: string): boolean =>
  id === name || id.startsWith(`${name}.`);

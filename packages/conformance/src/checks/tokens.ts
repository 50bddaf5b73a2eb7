import { SIGNED } from '../issuer/tokens.ts';
import { type Check, expectThat, type Failure, forEach } from './check.ts';
import { HOSTILE_CLAIMS } from './hostile-claims.ts';
import { HOSTILE_FORMS } from './hostile-forms.ts';
import { HOSTILE_SIGNATURES } from './hostile-signatures.ts';
import { HOSTILE_STATUSES } from './hostile-statuses.ts';
import type { HostileToken } from './hostile-token.ts';

export const HOSTILE_TOKENS: readonly HostileToken[] = [
  ...HOSTILE_FORMS,
  ...HOSTILE_SIGNATURES,
  ...HOSTILE_CLAIMS,
  ...HOSTILE_STATUSES,
];

const refusalOf = (hostile: HostileToken): Check => {
  const { id, title, rfc, profiles, severity = 'must', alsoStatus = [] } = hostile;
  const allowed = [401, ...alsoStatus];
  return {
    id: `token.${id}`,
    title: `A token is refused: ${title}`,
    rfc,
    severity,
    ...(profiles === undefined ? {} : { profiles }),
    run: async (context) => {
      const { issuer, guarded, tokens } = context;
      const before = issuer.elsewhereRequests;
      const token = hostile.make(tokens);
      const failures = await forEach(guarded, async (operation) => {
        const exchange = await context.call(operation, { token });
        return expectThat(allowed.includes(exchange.answer.status), exchange, allowed.join(' or '));
      });
      const fetched: Failure = {
        where: issuer.elsewhereUrl,
        expected: 'nothing is fetched from an address that a token names',
        actual: `${issuer.elsewhereRequests - before} requests`,
      };
      return issuer.elsewhereRequests > before ? [...failures, fetched] : failures;
    },
  };
};

export const TOKEN_CHECKS: readonly Check[] = [
  {
    id: 'token.good',
    title: 'A good token is accepted',
    rfc: 'RFC 6750 §2.1',
    severity: 'must',
    run: (context) =>
      forEach(context.guarded, async (operation) => {
        const exchange = await context.call(operation, { token: context.tokens.mint() });
        const { status } = exchange.answer;
        const isLetIn = status > 0 && status < 500 && status !== 401 && status !== 403;
        return expectThat(isLetIn, exchange, 'neither 401, 403 nor 5xx');
      }),
  },
  {
    id: 'token.good-spelled-otherwise',
    title: 'A good token is accepted: typ application/AT+JWT, aud one text',
    rfc: 'RFC 9068 §4, RFC 7519 §4.1.3',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const header = { typ: 'application/AT+JWT' };
      const claims = { aud: context.manifest.audience };
      const token = context.tokens.mint({ header, claims });
      const exchange = await context.call(context.anyGuarded, { token });
      return expectThat(exchange.answer.status !== 401, exchange, 'not 401');
    },
  },
  ...HOSTILE_TOKENS.map(refusalOf),
];

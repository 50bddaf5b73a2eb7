import type { Context } from '../context.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Issuer } from '../issuer/issuer.ts';
import type { StatusList } from '../issuer/status-list.ts';
import { SIGNED } from '../issuer/tokens.ts';
import type { Trouble } from '../issuer/trouble.ts';
import { type Check, expectThat, type Failure, forEach } from './check.ts';
import { retryAfterOf } from './keys.ts';
import {
  ask,
  expectRefused,
  FETCHED_AGAIN_WITHIN_MS,
  isAccepted,
  isRefused,
  REFUSED_WITHIN_MS,
  revokeKnown,
  throughout,
  untilThat,
} from './revoked.ts';

const ANSWER_WITHIN_MS = 2_000;
/** A list that a service has never seen is waited for once. */
const FIRST_ANSWER_WITHIN_MS = 4_000;

const TROUBLES: readonly { readonly trouble: Trouble; readonly what: string }[] = [
  { trouble: 'broken', what: 'closes the connection' },
  { trouble: 'hanging', what: 'never answers' },
  { trouble: 'html', what: 'answers with a page of HTML' },
  { trouble: 'unavailable', what: 'answers 503' },
];

interface Case {
  readonly what: string;
  readonly lists: readonly StatusList[];
  readonly known: string;
  readonly revoked: string;
  /** Of a list that the service has not seen. */
  readonly unseen: string;
}

const timed = ({ answer }: Exchange): string =>
  `${answer.status || answer.text} after ${answer.durationMs} ms`;

/** Lists in every trouble at once, the stream too. */
const prepare = async (context: Context): Promise<readonly Case[]> => {
  const { issuer, tokens } = context;
  const { statusLists } = issuer;
  const cases = TROUBLES.map(({ trouble, what }) => {
    const list = statusLists.open();
    const seen = { known: tokens.mint(), revoked: tokens.mint() };
    const lists = [list, statusLists.open()];
    return { trouble, what, ...seen, lists, unseen: tokens.mint() };
  });
  // What comes after this check is in a list without trouble.
  statusLists.open();
  for (const { known } of cases) await untilThat(context, known, isAccepted, REFUSED_WITHIN_MS);
  await revokeKnown(
    context,
    cases.map(({ revoked }) => revoked),
  );
  for (const { lists, trouble } of cases) for (const list of lists) list.trouble = trouble;
  statusLists.trouble = 'hanging';
  statusLists.stream.cut();
  return cases;
};

const mend = ({ statusLists }: Issuer, cases: readonly Case[]): void => {
  statusLists.trouble = 'ok';
  for (const list of cases.flatMap(({ lists }) => lists)) list.trouble = 'ok';
};

const lookDuring = async (context: Context, { what, known, revoked, unseen }: Case) => {
  const first = await ask(context, unseen);
  const isHonest = first.answer.status === 503 && retryAfterOf(first) >= 0;
  const isSoon = first.answer.durationMs <= FIRST_ANSWER_WITHIN_MS;
  const exchange = await ask(context, known);
  const failures = [
    ...expectThat(
      (isAccepted(first) || isHonest) && isSoon,
      first,
      'a token of a list never seen: accepted, or 503 with Retry-After, within 4 s',
      timed(first),
    ),
    ...expectThat(
      isAccepted(exchange) && exchange.answer.durationMs <= ANSWER_WITHIN_MS,
      exchange,
      'a token of a known list accepted within 2 s',
      timed(exchange),
    ),
    ...(await expectRefused(context, revoked)),
  ];
  return failures.map((one): Failure => ({ ...one, where: `${one.where}, whose list ${what}` }));
};

export const LISTS_AWAY_CHECK: Check = {
  id: 'revocation.lists-away',
  title: 'While lists are unavailable, tokens are judged by the last known ones; then by new ones',
  rfc: 'Latchkey, docs/revocation.md; RFC 9110 §15.6.4',
  severity: 'must',
  profiles: SIGNED,
  run: async (context) => {
    const cases = await prepare(context);
    let failures: readonly Failure[] = [];
    try {
      failures = await throughout(FETCHED_AGAIN_WITHIN_MS, () =>
        forEach(cases, (one) => lookDuring(context, one)),
      );
      // Nobody hears of these until the lists are back.
      for (const { known } of cases) context.issuer.statusLists.revoke(known);
    } finally {
      mend(context.issuer, cases);
    }
    if (failures.length > 0) return failures;
    return forEach(cases, async ({ what, known }) => {
      const exchange = await untilThat(context, known, isRefused, REFUSED_WITHIN_MS);
      const within = `${REFUSED_WITHIN_MS / 1000} s`;
      const expected = `401 within ${within} of the recovery of a list that ${what}`;
      return expectThat(isRefused(exchange), exchange, expected);
    });
  },
};

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.ts';
import type { Exchange } from '../http/exchange.ts';
import type { IssuerMode } from '../issuer/issuer.ts';
import { SIGNED } from '../issuer/tokens.ts';
import { type Check, expectThat, type Failure, failure } from './check.ts';
import { retryAfterOf } from './keys.ts';

/** A caller waits no longer for a service whose issuer is in trouble. */
const ANSWER_WITHIN_MS = 2_000;
const RECOVER_WITHIN_MS = 30_000;
const POLL_MS = 500;

const isSoon = ({ answer }: Exchange): boolean => answer.durationMs <= ANSWER_WITHIN_MS;
const timed = ({ answer }: Exchange): string =>
  `${answer.status || answer.text} after ${answer.durationMs} ms`;

const OURS = '503 with Retry-After within 2 s, never 401';

const expectOurs = (exchange: Exchange): Failure[] => {
  const { status } = exchange.answer;
  const isOurs = status === 503 && retryAfterOf(exchange) >= 0;
  return expectThat(isOurs && isSoon(exchange), exchange, OURS, timed(exchange));
};

const recovers = async (context: Context): Promise<Failure[]> => {
  const untilMs = Date.now() + RECOVER_WITHIN_MS;
  for (;;) {
    const exchange = await context.call(context.anyGuarded, { token: context.tokens.mint() });
    if (exchange.answer.status > 0 && exchange.answer.status < 400) return [];
    if (exchange.answer.status === 401) return [failure(exchange, 'never 401')];
    if (Date.now() > untilMs) return [failure(exchange, 'accepted within 30 s of its recovery')];
    await delay(POLL_MS);
  }
};

/** Put the issuer into trouble, look, and mend it, whatever the look finds. */
const during = async (
  context: Context,
  mode: IssuerMode,
  look: () => Promise<Failure[]>,
): Promise<Failure[]> => {
  await context.issuer.setMode(mode);
  try {
    return await look();
  } finally {
    await context.issuer.setMode('ok');
  }
};

const TROUBLES: readonly { readonly mode: IssuerMode; readonly what: string }[] = [
  { mode: 'down', what: 'refuses connections' },
  { mode: 'hanging', what: 'never answers' },
  { mode: 'slow', what: 'answers slowly' },
  { mode: 'html', what: 'answers with a page of HTML' },
  { mode: 'error', what: 'answers 500' },
  { mode: 'empty', what: 'publishes an empty key set' },
];

const known = ({ mode, what }: (typeof TROUBLES)[number]): Check => ({
  id: `issuer.${mode}`,
  title: `While the issuer ${what}, tokens of known keys are accepted, and others are not 401`,
  rfc: 'RFC 7517 §5, RFC 9110 §15.6.4',
  severity: 'must',
  profiles: SIGNED,
  run: async (context) => {
    if (context.hasProcess) await context.process.restart();
    const before = await recovers(context);
    if (before.length > 0) return before;
    const failures = await during(context, mode, async () => {
      // A kid that is nowhere makes the service ask again, and so notice the trouble.
      const header = { kid: randomUUID() };
      const other = await context.call(context.anyGuarded, {
        token: context.tokens.mint({ header }),
      });
      const exchange = await context.call(context.anyGuarded, { token: context.tokens.mint() });
      const isAccepted = exchange.answer.status > 0 && exchange.answer.status < 400;
      return [
        ...expectThat(
          isAccepted && isSoon(exchange),
          exchange,
          'a token of a known key accepted within 2 s',
          timed(exchange),
        ),
        ...unlessRefusedRightly(mode, other),
      ];
    });
    return [...failures, ...(await recovers(context))];
  },
});

/** An issuer that is slow or says that it has no keys has answered: 401 is right there. */
const unlessRefusedRightly = (mode: IssuerMode, exchange: Exchange): Failure[] =>
  (mode === 'slow' || mode === 'empty') && exchange.answer.status === 401 && isSoon(exchange)
    ? []
    : expectOurs(exchange);

export const ISSUER_CHECKS: readonly Check[] = [
  ...TROUBLES.map(known),
  {
    id: 'issuer.cold-start',
    title: 'A service starts before its issuer, answers 503 meanwhile, and then recovers by itself',
    rfc: 'RFC 9110 §15.6.4',
    severity: 'must',
    profiles: SIGNED,
    needsCommand: true,
    run: async (context) => {
      const failures = await during(context, 'down', async () => {
        await context.process.restart('/healthz');
        const exchange = await context.call(context.anyGuarded, { token: context.tokens.mint() });
        const ready = await context.ask('GET /readyz');
        return [
          ...expectOurs(exchange),
          ...expectThat(ready.answer.status === 503, ready, '503: it has no keys yet'),
        ];
      });
      return [...failures, ...(await recovers(context))];
    },
  },
];

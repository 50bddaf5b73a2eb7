import type { Context } from '../context.ts';
import { type Exchange, headerOf, memberOf } from '../http/exchange.ts';
import { type Check, expectThat, type Failure, forEach } from './check.ts';

/** A stack, SQL, or a path of the machine: nothing that belongs in an answer. */
const INTERNAL =
  /\bat .+:\d+:\d+|Traceback \(most recent|File "[^"]+", line \d+|node_modules|\bselect .+ from\b|\binsert into\b|sqlstate|\/home\/|\/usr\//i;
const SHOWN_OF_TOKEN = 20;
const TEXT_MEMBERS = ['type', 'title', 'detail', 'code'];

/** One refusal of each kind that the document makes possible. */
const refusals = async (context: Context): Promise<Exchange[]> => {
  const { tokens } = context;
  const operation = context.anyGuarded;
  const token = tokens.mint();
  const withBody = context.guarded.filter((one) => context.requests.takesJson(one)).slice(0, 1);
  const exchanges = [
    await context.call(operation),
    await context.call(operation, { token: 'not-a-token' }),
    await context.call(operation, { token: tokens.mint({ claims: { exp: 1 } }) }),
    await context.ask(`GET ${operation.path.replaceAll(/\{\w+\}/g, '1')}/no/such/path`, {
      headers: { authorization: `Bearer ${token}` },
    }),
    ...(operation.scopes?.length
      ? [await context.call(operation, { token: tokens.mint({ scope: '' }) })]
      : []),
  ];
  for (const one of withBody) {
    const form = { 'content-type': 'text/plain' };
    exchanges.push(
      await context.call(one, { token, body: '{"a":' }),
      await context.call(one, { token, body: '[]' }),
      await context.call(one, { token, body: '{}', headers: form }),
      await context.call(one, { token, body: JSON.stringify('x'.repeat(2 * 1024 * 1024)) }),
    );
  }
  return exchanges.filter(({ answer }) => answer.status >= 400);
};

/** The end of a long token: its signature, which stands nowhere else. */
const repeatsToken = ({ request, answer }: Exchange): boolean => {
  const [, token = ''] = String(request.headers.authorization ?? '').split(' ');
  return token.length > 2 * SHOWN_OF_TOKEN && answer.text.includes(token.slice(-SHOWN_OF_TOKEN));
};

const problemFault = ({ answer }: Exchange): string | undefined => {
  const type = headerOf(answer, 'content-type');
  if (!/^application\/problem\+json\b/i.test(type)) return `Content-Type: ${type || '(none)'}`;
  const missing = TEXT_MEMBERS.filter((name) => typeof memberOf(answer, name) !== 'string');
  if (missing.length > 0) return `no text in ${missing.join(', ')}: ${answer.text.slice(0, 200)}`;
  const status = memberOf(answer, 'status');
  return status === answer.status ? undefined : `status ${status} in an answer ${answer.status}`;
};

const forEachRefusal =
  (look: (exchange: Exchange) => Failure[]): Check['run'] =>
  async (context) =>
    forEach(await refusals(context), async (exchange) => look(exchange));

/** How a refusal is written. */
export const PROBLEM_CHECKS: readonly Check[] = [
  {
    id: 'answer.problem',
    title: 'A refusal is a problem document with type, title, status, detail and code',
    rfc: 'RFC 9457 §3.1',
    severity: 'must',
    run: forEachRefusal((exchange) => {
      const fault = problemFault(exchange);
      const expected = 'application/problem+json with type, title, status, detail, code';
      return expectThat(
        fault === undefined,
        exchange,
        expected,
        `${exchange.answer.status}, ${fault}`,
      );
    }),
  },
  {
    id: 'answer.no-internals',
    title: 'A refusal says nothing of what is inside, nor repeats a token',
    rfc: 'RFC 9457 §5',
    severity: 'must',
    run: forEachRefusal((exchange) => [
      ...expectThat(!INTERNAL.test(exchange.answer.text), exchange, 'no stack, SQL or file path'),
      ...expectThat(!repeatsToken(exchange), exchange, 'no part of the token'),
    ]),
  },
];

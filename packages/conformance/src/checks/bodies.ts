import type { Context } from '../context.ts';
import type { Exchange } from '../http/exchange.ts';
import { ADA } from '../issuer/tokens.ts';
import type { Operation } from '../service/api-document.ts';
import { type Check, expectThat, type Failure, forEach } from './check.ts';
import { pathToOwnRow } from './collections.ts';

const TOO_LARGE_LENGTH = 2 * 1024 * 1024;
const NO_ANSWER = 0;
const DEPTH = 20_000;
/** In place of each member of a body: what trips up databases, parsers and comparisons. */
const ODD_VALUES: readonly unknown[] = [
  ...['', '\0', 'a\0b', '\ud800', 'x'.repeat(20_000), '\ufdfa'.repeat(400), '\u202eabc'],
  ...['__proto__', "' OR 1=1 --", '9'.repeat(40), '9999-12-31T23:59:59-23:59', '%00', '../..'],
  ...[null, true, -1, 1.5, 1e308, 2 ** 31, 2 ** 53, 2 ** 63],
  ...[[], [null], {}, { $gt: 0 }, { toString: 1 }],
];
const ODD_PATHS: readonly string[] = [
  ...['0', '-1', '1.5', '1e9', '2147483648', '9223372036854775808', '9'.repeat(40), 'NaN'],
  ...['\0', 'a\0', 'null', 'undefined', "1' OR '1'='1", '%', '..', '__proto__', 'x'.repeat(2_000)],
];

/** To a row that is there, so that it is the body that is judged. */
const withBody = async (
  context: Context,
  operation: Operation,
  body: string,
  type?: string,
): Promise<Exchange> =>
  context.call(operation, {
    token: context.tokens.mint(),
    path: await pathToOwnRow(context, operation, ADA),
    body,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  });

const isAnswered = ({ answer: { status } }: Exchange): boolean => status > 0 && status < 500;

const noError = (exchange: Exchange, what: string): Failure[] =>
  expectThat(
    isAnswered(exchange),
    { ...exchange, where: `${exchange.where}, ${what.slice(0, 60)}` },
    'a 4xx or 2xx, no 5xx',
  );

/** Every operation with a JSON body is sent one, and answers with this status. */
const answered =
  (body: (context: Context, operation: Operation) => string, statuses: number[]): Check['run'] =>
  (context) =>
    forEach(context.withJsonBody, async (operation) => {
      const exchange = await withBody(context, operation, body(context, operation));
      const { status } = exchange.answer;
      return expectThat(statuses.includes(status), exchange, statuses.join(' or '));
    });

export const BODY_CHECKS: readonly Check[] = [
  {
    id: 'body.malformed',
    title: 'A body that is no JSON is 400',
    rfc: 'RFC 9110 §15.5.1',
    severity: 'must',
    run: answered(() => '{"a":', [400, 422]),
  },
  {
    id: 'body.not-an-object',
    title: 'A body of another JSON type is a 4xx',
    rfc: 'RFC 9110 §15.5.1',
    severity: 'must',
    run: (context) =>
      forEach(['null', '1', '"a"', '[]', ''], (body) =>
        answered(() => body, [400, 415, 422])(context),
      ),
  },
  {
    id: 'body.content-type',
    title: 'A body of another content type is 415',
    rfc: 'RFC 9110 §15.5.16',
    severity: 'must',
    run: (context) =>
      forEach(context.withJsonBody, (operation) =>
        forEach(
          ['text/plain', 'application/xml', 'application/x-www-form-urlencoded'],
          async (type) => {
            const body = JSON.stringify(context.requests.bodyOf(operation));
            const exchange = await withBody(context, operation, body, type);
            return expectThat(exchange.answer.status === 415, exchange, `415 for ${type}`);
          },
        ),
      ),
  },
  {
    id: 'body.too-large',
    title: 'A body of 2 MiB is 413',
    rfc: 'RFC 9110 §15.5.14',
    severity: 'must',
    // The connection may be closed instead, with the answer lost to what was still being sent.
    run: answered(() => JSON.stringify({ a: 'x'.repeat(TOO_LARGE_LENGTH) }), [413, NO_ANSWER]),
  },
  {
    id: 'body.deep',
    title: 'A deeply nested body is a 4xx',
    rfc: 'RFC 8259 §9',
    severity: 'must',
    run: answered(() => `{"a":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`, [400, 413, 422]),
  },
  {
    id: 'body.odd-values',
    title: 'No value of a member is an error of the service',
    rfc: 'bad input is a 4xx',
    severity: 'must',
    run: (context) =>
      forEach(context.withJsonBody, (operation) => {
        const good = context.requests.bodyOf(operation) as Record<string, unknown>;
        const names = Object.keys(context.requests.membersOf(operation));
        const attempts = names.flatMap((name) => ODD_VALUES.map((value) => ({ name, value })));
        return forEach(attempts, async ({ name, value }) => {
          const body = JSON.stringify({ ...good, [name]: value });
          return noError(
            await withBody(context, operation, body),
            `${name}: ${JSON.stringify(value)}`,
          );
        });
      }),
  },
  {
    id: 'body.odd-members',
    title: 'No further member of a body is an error, and none is written',
    rfc: 'no mass assignment',
    severity: 'must',
    run: (context) =>
      forEach(context.withJsonBody, (operation) => {
        const good = JSON.stringify(context.requests.bodyOf(operation) ?? {}).replace(/\}$/, '');
        const comma = good === '{' ? '' : ',';
        const further = ['"\\u0000":1', '"__proto__":{"a":1}', '"constructor":{"prototype":{}}'];
        return forEach(
          [...further, '"owner":910002,"ownerId":910002,"userId":910002'],
          async (one) => {
            const body = `${good}${comma}${one}}`;
            return noError(await withBody(context, operation, body), one);
          },
        );
      }),
  },
  {
    id: 'path.odd-values',
    title: 'No value in a path is an error of the service',
    rfc: 'bad input is a 4xx',
    severity: 'must',
    run: (context) =>
      forEach(
        context.guarded.filter(({ path }) => path.includes('{')),
        (operation) =>
          forEach(ODD_PATHS, async (value) => {
            const names = operation.parameters.filter((one) => one.in === 'path');
            const path = Object.fromEntries(names.map(({ name }) => [name, value]));
            const exchange = await context.call(operation, { token: context.tokens.mint(), path });
            return noError(exchange, `path ${JSON.stringify(value)}`);
          }),
      ),
  },
  {
    id: 'query.odd-values',
    title: 'No value of a query parameter is an error of the service',
    rfc: 'bad input is a 4xx',
    severity: 'must',
    run: (context) =>
      forEach(context.guarded, (operation) => {
        const names = operation.parameters.filter((one) => one.in === 'query');
        const attempts = names.flatMap(({ name }) => ODD_PATHS.map((value) => ({ name, value })));
        return forEach(attempts, async ({ name, value }) => {
          const query = { [name]: value };
          const exchange = await context.call(operation, { token: context.tokens.mint(), query });
          return noError(exchange, `${name}=${JSON.stringify(value)}`);
        });
      }),
  },
];

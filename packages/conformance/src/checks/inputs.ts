import type { Exchange } from '../http/exchange.ts';
import { bodySender } from './body-sender.ts';
import { type Check, expectThat, type Failure, forEach } from './check.ts';

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

const isAnswered = ({ answer: { status } }: Exchange): boolean => status > 0 && status < 500;

const noError = (exchange: Exchange, what: string): Failure[] =>
  expectThat(
    isAnswered(exchange),
    { ...exchange, where: `${exchange.where}, ${what.slice(0, 60)}` },
    'a 4xx or 2xx, no 5xx',
  );

/** What no input may do: be an error of the service. */
export const INPUT_CHECKS: readonly Check[] = [
  {
    id: 'body.odd-values',
    title: 'No value of a member is an error of the service',
    rfc: 'bad input is a 4xx',
    severity: 'must',
    run: (context) =>
      forEach(context.withJsonBody, async (operation) => {
        const sendBody = await bodySender(context, operation);
        const good = context.requests.bodyOf(operation) as Record<string, unknown>;
        const names = Object.keys(context.requests.membersOf(operation));
        const attempts = names.flatMap((name) => ODD_VALUES.map((value) => ({ name, value })));
        return forEach(attempts, async ({ name, value }) => {
          const body = JSON.stringify({ ...good, [name]: value });
          return noError(await sendBody(body), `${name}: ${JSON.stringify(value)}`);
        });
      }),
  },
  {
    id: 'body.odd-members',
    title: 'No further member of a body is an error, and none is written',
    rfc: 'no mass assignment',
    severity: 'must',
    run: (context) =>
      forEach(context.withJsonBody, async (operation) => {
        const sendBody = await bodySender(context, operation);
        const good = JSON.stringify(context.requests.bodyOf(operation) ?? {}).replace(/\}$/, '');
        const comma = good === '{' ? '' : ',';
        const further = ['"\\u0000":1', '"__proto__":{"a":1}', '"constructor":{"prototype":{}}'];
        return forEach(
          [...further, '"owner":910002,"ownerId":910002,"userId":910002'],
          async (one) => {
            const body = `${good}${comma}${one}}`;
            return noError(await sendBody(body), one);
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

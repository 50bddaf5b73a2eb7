import { bodySender } from './body-sender.ts';
import { type Check, expectThat, forEach } from './check.ts';

const TOO_LARGE_LENGTH = 2 * 1024 * 1024;
const NO_ANSWER = 0;
const DEPTH = 20_000;
/** Every operation with a JSON body is sent one, and answers with this status. */
const answered =
  (body: string, statuses: readonly number[]): Check['run'] =>
  (context) =>
    forEach(context.withJsonBody, async (operation) => {
      const sendBody = await bodySender(context, operation);
      const exchange = await sendBody(body);
      const expected = statuses.filter((status) => status !== NO_ANSWER).join(' or ');
      return expectThat(statuses.includes(exchange.answer.status), exchange, expected);
    });

export const BODY_CHECKS: readonly Check[] = [
  {
    id: 'body.malformed',
    title: 'A body that is no JSON is 400 or 422',
    rfc: 'RFC 9110 §15.5.1',
    severity: 'must',
    run: answered('{"a":', [400, 422]),
  },
  {
    id: 'body.not-an-object',
    title: 'A body of another JSON type is a 4xx',
    rfc: 'RFC 9110 §15.5.1',
    severity: 'must',
    run: (context) =>
      forEach(['null', '1', '"a"', '[]', ''], (body) => answered(body, [400, 415, 422])(context)),
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
            const sendBody = await bodySender(context, operation);
            const exchange = await sendBody(body, type);
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
    run: answered(JSON.stringify({ a: 'x'.repeat(TOO_LARGE_LENGTH) }), [413, NO_ANSWER]),
  },
  {
    id: 'body.deep',
    title: 'A deeply nested body is a 4xx',
    rfc: 'RFC 8259 §9',
    severity: 'must',
    run: answered(`{"a":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`, [400, 413, 422]),
  },
];

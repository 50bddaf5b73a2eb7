import { randomUUID } from 'node:crypto';
import { headerOf } from '../http/exchange.ts';
import { type Check, expectThat, forEach } from './check.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
export const ANSWER_CHECKS: readonly Check[] = [
  {
    id: 'answer.no-store',
    title: 'What a token opens is kept in no cache',
    rfc: 'RFC 9111 §5.2.2.5',
    severity: 'must',
    run: (context) =>
      forEach(
        context.guarded.filter(({ method }) => method === 'GET'),
        async (operation) => {
          const exchange = await context.call(operation, { token: context.tokens.mint() });
          const header = headerOf(exchange.answer, 'cache-control');
          const actual = `Cache-Control: ${header || '(none)'}`;
          return expectThat(
            /\bno-store\b/.test(header),
            exchange,
            'Cache-Control: no-store',
            actual,
          );
        },
      ),
  },
  {
    id: 'answer.nosniff',
    title: 'X-Content-Type-Options says nosniff',
    rfc: 'Fetch standard',
    severity: 'should',
    run: async (context) => {
      const exchange = await context.call(context.anyGuarded);
      const header = headerOf(exchange.answer, 'x-content-type-options');
      return expectThat(header === 'nosniff', exchange, 'nosniff', header || '(none)');
    },
  },
  {
    id: 'answer.not-found',
    title: 'A path that is not there is 404',
    rfc: 'RFC 9110 §15.5.5',
    severity: 'must',
    run: (context) =>
      forEach(context.manifest.routes, async (route) => {
        const headers = { authorization: `Bearer ${context.tokens.mint()}` };
        const exchange = await context.ask(`GET ${route}/no/such/path`, { headers });
        return expectThat(exchange.answer.status === 404, exchange, '404');
      }),
  },
  {
    id: 'answer.method-not-allowed',
    title: 'A method that is not offered is 405 with Allow',
    rfc: 'RFC 9110 §15.5.6',
    severity: 'must',
    run: (context) =>
      forEach(new Set(context.guarded.map(({ path }) => path)), async (path) => {
        const offered = context.operations.filter((one) => one.path === path);
        const method = METHODS.find((one) => !offered.some((other) => other.method === one));
        const [first] = offered;
        if (method === undefined || first === undefined) return [];
        const operation = { ...first, method, line: `${method} ${path}`, bodies: {} };
        const exchange = await context.call(operation, { token: context.tokens.mint() });
        const allow = headerOf(exchange.answer, 'allow').split(/\s*,\s*/);
        const isComplete = offered.every((one) => allow.includes(one.method));
        const names = offered.map((one) => one.method).join(', ');
        const actual = `${exchange.answer.status}, Allow: ${allow.join(', ') || '(none)'}`;
        return expectThat(
          exchange.answer.status === 405 && isComplete,
          exchange,
          `405 with Allow: ${names}`,
          actual,
        );
      }),
  },
  {
    id: 'answer.request-id',
    title: 'X-Request-Id comes back, in refusals too',
    rfc: 'tracing',
    severity: 'should',
    run: (context) =>
      forEach([context.tokens.mint(), undefined], async (token) => {
        const id = randomUUID();
        const headers = { 'x-request-id': id };
        const exchange = await context.call(context.anyGuarded, { token, headers });
        const header = headerOf(exchange.answer, 'x-request-id');
        return expectThat(header === id, exchange, `X-Request-Id: ${id}`, header || '(none)');
      }),
  },
  {
    id: 'answer.traceparent',
    title: 'A trace is taken up, and a malformed one refuses no request',
    rfc: 'W3C Trace Context §2.2',
    severity: 'must',
    run: async (context) => {
      const token = context.tokens.mint();
      const plain = await context.call(context.anyGuarded, { token });
      const traces = [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, '00-', 'x'.repeat(500)];
      return forEach(traces, async (traceparent) => {
        const headers = { traceparent, tracestate: 'a=b' };
        const exchange = await context.call(context.anyGuarded, { token, headers });
        const isAsPlain = exchange.answer.status === plain.answer.status;
        return expectThat(isAsPlain, exchange, `${plain.answer.status}, as without it`);
      });
    },
  },
  {
    id: 'answer.cors',
    title: 'No origin is let in with credentials by reflection',
    rfc: 'Fetch standard',
    severity: 'must',
    run: async (context) => {
      const headers = { origin: 'https://evil.example' };
      const exchange = await context.call(context.anyGuarded, {
        token: context.tokens.mint(),
        headers,
      });
      const allows = headerOf(exchange.answer, 'access-control-allow-credentials') === 'true';
      return expectThat(!allows, exchange, 'no Access-Control-Allow-Credentials for any origin');
    },
  },
];

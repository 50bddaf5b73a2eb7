import type { Exchange } from '../http/exchange.ts';
import { type Check, expectThat, type Failure, forEach } from './check.ts';

/** By name and value, what a proxy writes for a service that believes it. */
export const IDENTITY_HEADERS: Readonly<Record<string, string>> = {
  'x-user': 'conformance-ada',
  'x-user-id': '910001',
  'x-user-name': 'conformance-ada',
  'x-username': 'conformance-ada',
  'x-email': 'ada@example.com',
  'x-roles': 'admin',
  'x-auth-user': 'conformance-ada',
  'x-auth-request-user': 'conformance-ada',
  'x-authenticated-user': 'conformance-ada',
  'x-authenticated-userid': 'conformance-ada',
  'x-forwarded-user': 'conformance-ada',
  'x-forwarded-email': 'ada@example.com',
  'x-forwarded-preferred-username': 'conformance-ada',
  'x-remote-user': 'conformance-ada',
  'remote-user': 'conformance-ada',
  'x-webauth-user': 'conformance-ada',
  'x-ms-client-principal-name': 'conformance-ada',
  'x-goog-authenticated-user-email': 'accounts.google.com:ada@example.com',
  'x-client-cert-dn': 'CN=conformance-ada',
  'x-internal': 'true',
};

const is = (exchange: Exchange, ...statuses: number[]): Failure[] =>
  expectThat(statuses.includes(exchange.answer.status), exchange, statuses.join(' or '));

export const CREDENTIAL_CHECKS: readonly Check[] = [
  {
    id: 'credentials.none',
    title: 'Without a token the answer is 401',
    rfc: 'RFC 6750 §3',
    severity: 'must',
    run: (context) =>
      forEach(context.guarded, async (operation) => is(await context.call(operation), 401)),
  },
  {
    id: 'credentials.identity-headers',
    title: 'No header but Authorization says who is asking',
    rfc: 'each service checks the token itself',
    severity: 'must',
    run: (context) =>
      forEach(context.guarded, async (operation) =>
        is(await context.call(operation, { headers: IDENTITY_HEADERS }), 401),
      ),
  },
  {
    id: 'credentials.other-scheme',
    title: 'A token under another scheme than Bearer does not count',
    rfc: 'RFC 6750 §2.1',
    severity: 'must',
    run: (context) =>
      forEach(['Token', 'Basic', 'JWT', 'BearerX'], async (scheme) => {
        const authorization = `${scheme} ${context.tokens.mint()}`;
        return is(await context.call(context.anyGuarded, { headers: { authorization } }), 401, 400);
      }),
  },
  {
    id: 'credentials.no-scheme',
    title: 'A token without a scheme does not count',
    rfc: 'RFC 6750 §2.1',
    severity: 'must',
    run: async (context) => {
      const headers = { authorization: context.tokens.mint() };
      return is(await context.call(context.anyGuarded, { headers }), 401, 400);
    },
  },
  {
    id: 'credentials.empty',
    title: 'An empty token is refused',
    rfc: 'RFC 6750 §2.1',
    severity: 'must',
    run: (context) =>
      forEach(['Bearer', 'Bearer ', 'Bearer  .'], async (authorization) =>
        is(await context.call(context.anyGuarded, { headers: { authorization } }), 401, 400),
      ),
  },
  {
    id: 'credentials.scheme-in-any-case',
    title: 'The scheme is read in any case',
    rfc: 'RFC 9110 §11.1',
    severity: 'must',
    run: (context) =>
      forEach(['bearer', 'BEARER'], async (scheme) => {
        const authorization = `${scheme} ${context.tokens.mint()}`;
        const exchange = await context.call(context.anyGuarded, { headers: { authorization } });
        return expectThat(![400, 401].includes(exchange.answer.status), exchange, 'not 401');
      }),
  },
  {
    id: 'credentials.two-headers',
    title: 'Two Authorization headers are refused, good as both may be',
    rfc: 'RFC 6750 §2, §3.1',
    severity: 'must',
    run: async (context) => {
      const good = `Bearer ${context.tokens.mint()}`;
      return forEach(
        [
          [good, good],
          [good, 'Bearer x'],
          ['Bearer x', good],
        ],
        async (authorization) =>
          is(await context.call(context.anyGuarded, { headers: { authorization } }), 400, 401),
      );
    },
  },
  {
    id: 'credentials.in-query',
    title: 'A token in the query does not count',
    rfc: 'RFC 9700 §4.3.2',
    severity: 'must',
    run: (context) =>
      forEach(['access_token', 'token'], async (name) => {
        const query = { [name]: context.tokens.mint() };
        return is(await context.call(context.anyGuarded, { query }), 401, 400);
      }),
  },
  {
    id: 'credentials.in-query-too',
    title: 'A second token in the query is refused',
    rfc: 'RFC 6750 §2',
    severity: 'should',
    run: async (context) => {
      const token = context.tokens.mint();
      return is(
        await context.call(context.anyGuarded, { token, query: { access_token: token } }),
        400,
        401,
      );
    },
  },
  {
    id: 'credentials.in-cookie',
    title: 'A token in a cookie does not count',
    rfc: 'RFC 6750 §2',
    severity: 'must',
    run: async (context) => {
      const token = context.tokens.mint();
      const names = ['access_token', 'token', 'jwt', 'session', 'Authorization'];
      const cookie = names.map((name) => `${name}=${token}`).join('; ');
      return is(await context.call(context.anyGuarded, { headers: { cookie } }), 401);
    },
  },
  {
    id: 'credentials.in-body',
    title: 'A token in a form does not count',
    rfc: 'RFC 6750 §2.2',
    severity: 'must',
    run: (context) =>
      forEach(
        context.guarded.filter(({ method }) => method === 'POST'),
        async (operation) => {
          const body = new URLSearchParams({ access_token: context.tokens.mint() }).toString();
          const headers = { 'content-type': 'application/x-www-form-urlencoded' };
          return is(await context.call(operation, { headers, body }), 401, 400);
        },
      ),
  },
];

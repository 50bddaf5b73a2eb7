import type { Context } from '../context.ts';
import { type Check, expectThat, forEach } from './check.ts';
import { Skipped } from './skipped.ts';

const scoped = ({ guarded }: Context) => {
  const found = guarded.filter(({ scopes = [] }) => scopes.length > 0);
  if (found.length === 0) throw new Skipped('no operation of the document names a scope');
  return found;
};

/** 403 for each operation that names scopes, with a scope claim that the token gets instead. */
const refusedWith =
  (scopeFor: (scopes: readonly string[], all: readonly string[]) => unknown): Check['run'] =>
  (context) =>
    forEach(scoped(context), async (operation) => {
      const scope = scopeFor(operation.scopes ?? [], context.manifest.scopes);
      const token = context.tokens.mint({ claims: { scope } });
      const exchange = await context.call(operation, { token });
      return expectThat(exchange.answer.status === 403, exchange, '403');
    });

/** Claims that a token with a good signature may have, and that no service may trip over. */
const ODD_CLAIMS: readonly Readonly<Record<string, unknown>>[] = [
  ...[-1, 0, 1.5, 1e308, 2_147_483_648, '1', null, {}, [], true, '\0'].map((id) => ({ id })),
  ...['\0', 'a\0b', '\ud800', 'x'.repeat(2_000), '__proto__', "' OR 1=1 --"].map((sub) => ({
    sub,
  })),
  ...[1, null, {}, [], '\0', 'x'.repeat(2_000)].map((scope) => ({ scope })),
  ...['admin', 1, null, {}, [null], [{}]].map((roles) => ({ roles })),
  ...[1, null, {}, []].flatMap((value) => [
    ...[{ jti: value }, { client_id: value }, { act: value }],
    ...[{ status: value }, { status: { status_list: value } }],
  ]),
];

const STANDARD = ['standard'] as const;

export const ACCESS_CHECKS: readonly Check[] = [
  {
    id: 'scope.missing',
    title: 'A token without the scope is refused by 403',
    rfc: 'RFC 6750 §3.1',
    severity: 'must',
    profiles: STANDARD,
    run: refusedWith((needed, all) => all.filter((scope) => !needed.includes(scope)).join(' ')),
  },
  {
    id: 'scope.absent',
    title: 'A token without any scope is refused by 403',
    rfc: 'RFC 9068 §2.2.3',
    severity: 'must',
    profiles: STANDARD,
    run: refusedWith(() => undefined),
  },
  {
    id: 'scope.whole-words',
    title: 'A scope counts as a whole, in its own case',
    rfc: 'RFC 6749 §3.3',
    severity: 'must',
    profiles: STANDARD,
    run: refusedWith((needed) =>
      needed.flatMap((one) => [`${one}x`, `x${one}`, one.toUpperCase(), `${one}:all`]).join(' '),
    ),
  },
  {
    id: 'scope.role-is-none',
    title: 'A role does not stand in for a scope',
    rfc: 'RFC 9068 §2.2.3.1',
    severity: 'must',
    profiles: STANDARD,
    run: (context) =>
      forEach(scoped(context), async (operation) => {
        const claims = { scope: '', roles: ['admin', 'user', ...(operation.scopes ?? [])] };
        const exchange = await context.call(operation, { token: context.tokens.mint({ claims }) });
        return expectThat(exchange.answer.status === 403, exchange, '403');
      }),
  },
  {
    id: 'access.machine-token',
    title: 'A token that speaks for no person (no id) is no error of the service',
    rfc: 'RFC 9068 §2.2',
    severity: 'must',
    run: (context) =>
      forEach(context.guarded, async (operation) => {
        const token = context.tokens.mint({ claims: { id: undefined, sub: 'conformance' } });
        const exchange = await context.call(operation, { token });
        const { status } = exchange.answer;
        return expectThat(status > 0 && status < 500, exchange, '403, or another 4xx or 2xx');
      }),
  },
  {
    id: 'access.odd-claims',
    title: 'No claim of a well signed token is an error of the service',
    rfc: 'bad input is a 4xx',
    severity: 'must',
    run: (context) =>
      forEach(ODD_CLAIMS, async (claims) => {
        const exchange = await context.call(context.anyGuarded, {
          token: context.tokens.mint({ claims }),
        });
        const where = `${exchange.where}, claims ${JSON.stringify(claims).slice(0, 60)}`;
        const { status } = exchange.answer;
        return expectThat(status > 0 && status < 500, { ...exchange, where }, 'no 5xx');
      }),
  },
];

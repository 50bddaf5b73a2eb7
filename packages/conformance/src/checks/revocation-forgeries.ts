import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { encode } from '../issuer/compact.ts';
import type { StatusList } from '../issuer/status-list.ts';
import { SIGNED, type Tokens } from '../issuer/tokens.ts';
import { type Check, type Failure, forEach } from './check.ts';
import {
  assertListens,
  expectAccepted,
  expectRefused,
  FETCHED_AGAIN_WITHIN_MS,
  isAccepted,
  REFUSED_WITHIN_MS,
  revokeKnown,
  throughout,
  untilThat,
} from './revoked.ts';

/** So long an event that is believed takes effect. */
const BELIEVED_WITHIN_MS = 1_000;

type Claims = Readonly<Record<string, unknown>>;

/** Ways to sign what the issuer did not say. */
interface Forgery {
  readonly what: string;
  readonly sign: (tokens: Tokens, typ: string, claims: Claims) => string;
}

const headerOf = ({ key: { algorithm: alg, kid } }: Tokens, typ: string) => ({ alg, typ, kid });

const FORGERIES: readonly Forgery[] = [
  {
    what: "signed with a stranger's key under the trusted kid",
    sign: (tokens, typ, claims) => tokens.sign(headerOf(tokens, typ), claims, tokens.strangersKey),
  },
  {
    what: 'not signed',
    sign: (_tokens, typ, claims) => `${encode({ alg: 'none', typ })}.${encode(claims)}.`,
  },
  {
    what: "with another issuer's iss",
    sign: (tokens, typ, claims) =>
      tokens.sign(headerOf(tokens, typ), { ...claims, iss: 'https://evil.example' }),
  },
  {
    what: 'with the typ of an access token',
    sign: (tokens, _typ, claims) => tokens.sign(headerOf(tokens, 'at+jwt'), claims),
  },
];

const named = (failures: readonly Failure[], what: string): Failure[] =>
  failures.map((one) => ({ ...one, where: `${one.where}, ${what}` }));

/** A list that the service holds, with a token that is revoked and one that is not. */
interface Held {
  readonly list: StatusList;
  readonly good: string;
  readonly revoked: string;
}

const hold = async (context: Context, count: number): Promise<readonly Held[]> => {
  const held = Array.from({ length: count }, () => {
    const list = context.issuer.statusLists.open();
    return { list, good: context.tokens.mint(), revoked: context.tokens.mint() };
  });
  for (const { good } of held) await untilThat(context, good, isAccepted, REFUSED_WITHIN_MS);
  await revokeKnown(
    context,
    held.map(({ revoked }) => revoked),
  );
  return held;
};

/** What is answered now must change nothing, of one token or the other. */
const unmoved = (context: Context, held: readonly Held[], whats: readonly string[]) =>
  throughout(FETCHED_AGAIN_WITHIN_MS, () =>
    forEach(held.entries(), async ([at, { good, revoked }]) => {
      const failures = [
        ...(await expectAccepted(context, good)),
        ...(await expectRefused(context, revoked)),
      ];
      return named(failures, `a list ${whats[at]}`);
    }),
  );

export const FORGERY_CHECKS: readonly Check[] = [
  {
    id: 'revocation.forged-list',
    title: 'A list that the issuer did not sign as one revokes nothing, and takes nothing back',
    rfc: 'Token Status List §5.1, §8.3',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const { issuer, tokens } = context;
      const { statusLists } = issuer;
      const whats = [...FORGERIES.map(({ what }) => what), 'of another uri'];
      const held = await hold(context, whats.length);
      for (const [at, { list }] of held.entries()) {
        // The other way round: who is good is revoked, who is revoked is good.
        const claims = statusLists.listClaims(list, [0]);
        const sub = `${list.uri}0`;
        const { sign } = FORGERIES[at] ?? {};
        list.forged =
          sign?.(tokens, 'statuslist+jwt', claims) ??
          tokens.sign(headerOf(tokens, 'statuslist+jwt'), { ...claims, sub });
      }
      return unmoved(context, held, whats);
    },
  },
  {
    id: 'revocation.old-list',
    title: 'An older list of the issuer, as a cache on the way may have it, takes nothing back',
    rfc: 'Latchkey, docs/revocation.md',
    severity: 'should',
    profiles: SIGNED,
    run: async (context) => {
      const { issuer, tokens } = context;
      const list = issuer.statusLists.open();
      const token = tokens.mint();
      const old = tokens.sign(
        headerOf(tokens, 'statuslist+jwt'),
        issuer.statusLists.listClaims(list),
      );
      await revokeKnown(context, [token]);
      list.forged = old;
      return throughout(FETCHED_AGAIN_WITHIN_MS, () => expectRefused(context, token));
    },
  },
  {
    id: 'revocation.forged-event',
    title: 'An event that the issuer did not sign as one revokes nothing',
    rfc: 'Latchkey, docs/revocation.md; RFC 8417 §2.2',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const { issuer, tokens } = context;
      const cases = FORGERIES.map((forgery) => ({ ...forgery, token: tokens.mint() }));
      const failures = await forEach(cases, ({ token }) => expectAccepted(context, token));
      if (failures.length > 0) return failures;
      await assertListens(context);
      for (const { sign, token } of cases) {
        const claims = issuer.statusLists.eventClaims(token);
        issuer.statusLists.sendEvent(sign(tokens, 'secevent+jwt', claims));
      }
      await delay(BELIEVED_WITHIN_MS);
      return forEach(cases, async ({ what, token }) =>
        named(await expectAccepted(context, token), `an event ${what}`),
      );
    },
  },
];

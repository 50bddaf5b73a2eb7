import { LIST_TTL_SECONDS } from '../issuer/status-lists.ts';
import { SIGNED } from '../issuer/tokens.ts';
import { type Check, expectThat, forEach } from './check.ts';
import {
  assertListens,
  expectAccepted,
  expectRefused,
  FETCHED_AGAIN_WITHIN_MS,
  isRefused,
  REFUSED_WITHIN_MS,
  revokeKnown,
  throughout,
  untilThat,
} from './revoked.ts';

const STREAM_WITHIN_MS = 1_000;
/** Of two bytes the second: that has neighbors of every kind. */
const TOKENS = 16;
const REVOKED = 10;

export const REVOCATION_CHECKS: readonly Check[] = [
  {
    id: 'revocation.refused',
    title: "A revoked token is refused once its list's ttl is over, and for good; others are not",
    rfc: 'Token Status List §4.1, §8.3',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const { statusLists } = context.issuer;
      statusLists.open();
      const tokens = Array.from({ length: TOKENS }, () => context.tokens.mint());
      const known = await forEach(tokens, (token) => expectAccepted(context, token));
      if (known.length > 0) return known;
      const revoked = tokens[REVOKED] as string;
      statusLists.revoke(revoked);
      const exchange = await untilThat(context, revoked, isRefused, REFUSED_WITHIN_MS);
      if (!isRefused(exchange)) {
        const expected = `401 invalid_token within ${REFUSED_WITHIN_MS / 1000} s of its revocation`;
        return expectThat(false, exchange, expected);
      }
      const others = tokens.filter((token) => token !== revoked);
      const refused = await forEach(others, (token) => expectAccepted(context, token));
      if (refused.length > 0) return refused;
      statusLists.stream.cut();
      return throughout(FETCHED_AGAIN_WITHIN_MS, () => expectRefused(context, revoked));
    },
  },
  {
    id: 'revocation.stream',
    title: 'A service that listens to the changes refuses a revoked token within a second',
    rfc: 'Latchkey, docs/revocation.md; RFC 8417',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const token = context.tokens.mint();
      const failures = await expectAccepted(context, token);
      if (failures.length > 0) return failures;
      await assertListens(context);
      context.issuer.statusLists.revoke(token);
      const exchange = await untilThat(context, token, isRefused, STREAM_WITHIN_MS);
      return expectThat(isRefused(exchange), exchange, '401 invalid_token within 1 s');
    },
  },
  {
    id: 'revocation.after-restart',
    title: 'A service that has just started refuses, within a ttl, what was revoked before',
    rfc: 'Token Status List §8.3',
    severity: 'must',
    profiles: SIGNED,
    needsCommand: true,
    run: async (context) => {
      const token = context.tokens.mint();
      await revokeKnown(context, [token]);
      await context.process.restart();
      // A list that is not here yet may hold up the first request, or let it through.
      const withinMs = LIST_TTL_SECONDS * 1000;
      const exchange = await untilThat(context, token, isRefused, withinMs);
      const expected = `401 invalid_token within ${LIST_TTL_SECONDS} s of the start`;
      return expectThat(isRefused(exchange), exchange, expected);
    },
  },
];

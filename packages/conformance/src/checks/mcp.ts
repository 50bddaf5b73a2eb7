import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { type BearerChallenge, bearerChallengeOf } from '../http/challenge.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { nowSeconds } from '../issuer/tokens.ts';
import { resultOf } from '../mcp/endpoint.ts';
import { openingOf } from '../mcp/message.ts';
import { type Check, expectThat, type Failure, failure, forEach } from './check.ts';
import { METADATA_CHECK } from './mcp-metadata.ts';
import { Skipped } from './skipped.ts';

const MCP = ['mcp'] as const;
const AUTHORIZATION = 'MCP 2026-07-28, Authorization';
const TRANSPORT = 'MCP 2026-07-28, Streamable HTTP';
const SESSION = 'mcp-session-id';

const challengeIn = ({ answer }: Exchange): BearerChallenge | undefined =>
  bearerChallengeOf(headerOf(answer, 'www-authenticate'));

const shownChallenge = ({ answer }: Exchange): string =>
  `${answer.status}, WWW-Authenticate: ${headerOf(answer, 'www-authenticate') || '(none)'}`;

const isUrl = (text = ''): boolean => /^https?:\/\//.test(text) && URL.canParse(text);

const refused = (exchange: Exchange, ...statuses: number[]): Failure[] =>
  expectThat(statuses.includes(exchange.answer.status), exchange, statuses.join(' or '));

/** Each tool, as a token without scopes is answered. */
const withoutScopes = async (context: Context): Promise<readonly ToolAnswer[]> => {
  const { mcp, tokens } = context;
  const tools = await mcp.tools(tokens.mint());
  if (tools.length === 0) throw new Skipped('the server lists no tools');
  if (context.manifest.scopes.length === 0) throw new Skipped('service.json names no scopes');
  const token = tokens.mint({ scope: '' });
  const answers: ToolAnswer[] = [];
  for (const tool of tools) answers.push({ tool, exchange: await mcp.callTool(tool, { token }) });
  return answers;
};

interface ToolAnswer {
  readonly tool: Parameters<Context['mcp']['callTool']>[0];
  readonly exchange: Exchange;
}

export const MCP_CHECKS: readonly Check[] = [
  {
    id: 'mcp.opening',
    title: 'server/discover, or initialize of 2025, is answered with a result for a good token',
    rfc: TRANSPORT,
    severity: 'must',
    profiles: MCP,
    run: async ({ mcp, tokens }) => {
      const exchange = await mcp.send(mcp.opening, { token: tokens.mint() });
      return expectThat(resultOf(exchange.answer) !== undefined, exchange, '200 with a result');
    },
  },
  {
    id: 'mcp.every-method',
    title: 'Without a token every method is 401, not the opening alone',
    rfc: `${AUTHORIZATION}: in every HTTP request`,
    severity: 'must',
    profiles: MCP,
    run: async ({ mcp, tokens }) => {
      const [tool = { name: 'any' }] = await mcp.tools(tokens.mint());
      const methods = ['server/discover', 'initialize', 'ping', 'tools/list', 'resources/list'];
      const failures = await forEach(methods, async (method) =>
        refused(await mcp.call(method, {}, {}), 401),
      );
      return [...failures, ...refused(await mcp.callTool(tool, {}), 401)];
    },
  },
  {
    id: 'mcp.session-is-no-login',
    title: 'A session does not stand in for a token',
    rfc: 'MCP, Security best practices: Session hijacking',
    severity: 'must',
    profiles: MCP,
    run: async ({ mcp, tokens }) => {
      const opened = await mcp.send(openingOf('2025-11-25'), { token: tokens.mint() });
      const given = headerOf(opened.answer, SESSION);
      const sessions = [randomUUID(), ...(given === '' ? [] : [given])];
      return forEach(sessions, async (session) =>
        refused(await mcp.call('tools/list', {}, { headers: { [SESSION]: session } }), 401),
      );
    },
  },
  {
    id: 'mcp.challenge',
    title: '401 names the metadata of the resource, and an error only for a bad token',
    rfc: `${AUTHORIZATION}; RFC 9728 §5.1`,
    severity: 'must',
    profiles: MCP,
    run: async ({ mcp, tokens }) => {
      const bad = tokens.mint({ claims: { exp: nowSeconds() - 3_600 } });
      const cases = [
        { token: undefined, error: undefined },
        { token: bad, error: 'invalid_token' },
      ];
      return forEach(cases, async ({ token, error }) => {
        const exchange = await mcp.send(mcp.opening, { token });
        if (exchange.answer.status !== 401) return [];
        const { parameters, repeated = [] } = challengeIn(exchange) ?? {};
        const isRight =
          isUrl(parameters?.get('resource_metadata')) &&
          parameters?.get('error') === error &&
          repeated.length === 0;
        const wanted = error === undefined ? ', without error' : `, error="${error}"`;
        const expected = `WWW-Authenticate: Bearer resource_metadata="https://…"${wanted}`;
        return isRight ? [] : [failure(exchange, expected, shownChallenge(exchange))];
      });
    },
  },
  {
    id: 'mcp.challenge-scope',
    title: '401 says which scopes to ask for',
    rfc: `${AUTHORIZATION}: Scope selection strategy`,
    severity: 'should',
    profiles: MCP,
    run: async ({ mcp, manifest }) => {
      if (manifest.scopes.length === 0) throw new Skipped('service.json names no scopes');
      const exchange = await mcp.send(mcp.opening);
      const isNamed = challengeIn(exchange)?.parameters.has('scope') === true;
      return expectThat(isNamed, exchange, 'scope="…" in the challenge', shownChallenge(exchange));
    },
  },
  METADATA_CHECK,
  {
    id: 'mcp.scope-challenge',
    title: 'A tool that the token does not allow is 403, with the scopes and the metadata',
    rfc: `${AUTHORIZATION}: Runtime insufficient scope errors; RFC 6750 §3.1`,
    severity: 'must',
    profiles: MCP,
    run: async (context) => {
      const answers = await withoutScopes(context);
      const held = answers.filter(({ exchange }) => exchange.answer.status === 403);
      const [first] = answers;
      if (held.length === 0 && first) return refused(first.exchange, 403);
      return forEach(held, async ({ exchange }) => {
        const { parameters } = challengeIn(exchange) ?? {};
        const named = parameters?.get('scope')?.split(' ') ?? [];
        const isRight =
          parameters?.get('error') === 'insufficient_scope' &&
          isUrl(parameters.get('resource_metadata')) &&
          named.length > 0 &&
          named.every((scope) => context.manifest.scopes.includes(scope));
        const expected =
          'Bearer error="insufficient_scope", scope="(of service.json)", resource_metadata="https://…"';
        return isRight ? [] : [failure(exchange, expected, shownChallenge(exchange))];
      });
    },
  },
  {
    id: 'mcp.scopes-at-once',
    title: 'The scopes of one challenge are enough for the call',
    rfc: `${AUTHORIZATION}: Server scope management`,
    severity: 'must',
    profiles: MCP,
    run: async (context) => {
      const { mcp, tokens } = context;
      return forEach(await withoutScopes(context), async ({ tool, exchange }) => {
        const scope = challengeIn(exchange)?.parameters.get('scope');
        if (exchange.answer.status !== 403 || scope === undefined) return [];
        const again = await mcp.callTool(tool, { token: tokens.mint({ scope }) });
        const expected = `not 403 with the scopes of its challenge, ${scope}`;
        return expectThat(again.answer.status !== 403, again, expected, shownChallenge(again));
      });
    },
  },
  {
    id: 'mcp.other-methods',
    title: 'Nothing is open to GET, DELETE or PUT without a token',
    rfc: TRANSPORT,
    severity: 'must',
    profiles: MCP,
    run: async (context) =>
      forEach(['GET', 'DELETE', 'PUT'], async (method) => {
        const headers = { accept: 'text/event-stream', ...context.mcp.session };
        const exchange = await context.ask(`${method} ${context.mcp.path}`, { headers });
        return refused(exchange, 401, 403, 404, 405);
      }),
  },
  {
    id: 'mcp.origin',
    title: 'A page of another origin is 403, its token good or not',
    rfc: `${TRANSPORT}: Security (DNS rebinding)`,
    severity: 'must',
    profiles: MCP,
    run: async ({ mcp, tokens }) =>
      forEach(['https://evil.example', 'null'], async (origin) => {
        const sent = { token: tokens.mint(), headers: { origin } };
        return refused(await mcp.send(mcp.opening, sent), 403);
      }),
  },
];

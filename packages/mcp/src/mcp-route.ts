import type { IncomingMessage } from 'node:http';
import { TokenError } from '@latchkey/jwt-verify';
import { defineProblems, Problem } from '@latchkey/service-kit/http/problems';
import { type Route, route } from '@latchkey/service-kit/http/route';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { mcpServer } from './mcp-server.ts';
import type { Tool } from './tool.ts';

type Parts = Pick<
  AppParts,
  'service' | 'log' | 'requireToken' | 'challenge' | 'issuer' | 'isUnavailable'
>;

const mcpProblems = defineProblems({
  origin_not_allowed: { status: 403, detail: 'Pages of this origin may not call this server.' },
});

/** As much of a JSON-RPC message as it takes to know which scopes it needs. */
const message = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    method: z.string().max(200),
    params: z.looseObject({ name: z.string().max(200).optional() }).optional(),
  })
  .meta({ id: 'JsonRpcMessage', example: { jsonrpc: '2.0', id: 1, method: 'tools/list' } });

/**
 * The endpoint of an MCP server (Streamable HTTP), stateless: it serves revision 2026-07-28 and, one
 * request at a time, clients of 2025. A tool's scopes are checked before anything of it runs.
 */
export function mcpRoute(parts: Parts, tools: readonly Tool[]): Route {
  const { service, requireToken, challenge } = parts;
  const [path] = service.routes;
  if (path === undefined) throw new Error('service.json: an MCP server needs a route');
  const origins = new Set([new URL(parts.issuer).origin, ...(service.cors ?? [])]);
  const toolNamed = new Map(tools.map((each) => [each.name, each]));
  const handler = createMcpHandler(({ authInfo }) => mcpServer(parts, tools, authInfo));

  return route({
    method: 'post',
    path,
    guard: requireToken(),
    summary: 'MCP endpoint',
    description: `JSON-RPC of the Model Context Protocol. Tools: ${[...toolNamed.keys()].join(', ')}.`,
    request: { body: message },
    responses: {
      200: { description: 'The response, as JSON or as a stream of server-sent events.' },
      202: { description: 'A notification was accepted.' },
    },
    async handle({ auth, body, context, req }) {
      const { origin } = req.headers;
      // A page that has rebound its name to this address (DNS rebinding) still says where it is from.
      if (origin !== undefined && !origins.has(origin)) throw mcpProblems.origin_not_allowed();
      const called = body.method === 'tools/call' && toolNamed.get(body.params?.name ?? '');
      const needed = called ? [called.scope].flat() : [];
      if (!needed.every((scope) => auth.scopes.includes(scope))) {
        throw new TokenError('scope_insufficient', { challenge, scope: needed.join(' ') });
      }
      const request = requestFrom(req, new URL(path, parts.issuer));
      const authInfo = {
        token: auth.token,
        clientId: auth.claims.client_id ?? '',
        scopes: [...auth.scopes],
        extra: { asker: { auth, context } },
      };
      return handler.fetch(request, { authInfo, parsedBody: body });
    },
    mapProblem: (problem) => withScopes(problem, tools),
  });
}

/** A client that has no token yet learns from the challenge which scopes to ask for. */
function withScopes(problem: Problem, tools: readonly Tool[]): Problem {
  const { code, status, headers, cause } = problem;
  const challenge = headers['WWW-Authenticate'];
  if (status !== 401 || challenge === undefined) return problem;
  const scopes = new Set(tools.flatMap(({ scope }) => scope));
  const named = {
    ...headers,
    'WWW-Authenticate': `${challenge}, scope="${[...scopes].join(' ')}"`,
  };
  return new Problem(code, problem, { headers: named, cause });
}

/** The handler's form of a request, whose body is parsed already. */
function requestFrom({ headers: given }: IncomingMessage, url: URL): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string' && name !== 'authorization') headers.set(name, value);
  }
  return new Request(url, { method: 'POST', headers });
}

import { setTimeout as delay } from 'node:timers/promises';
import { DEMO_PASSWORD } from '@latchkey/service-kit/joining/demo';
import type { Plan } from './plan.ts';

const UP_TIMEOUT_MS = 60_000;
const POLL_MS = 250;
const REQUEST_TIMEOUT_MS = 5_000;

/** A request that the new service answers with 200, but for its token. */
interface FirstRequest {
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** Reads its list, or, of an MCP server, the list of its tools. */
export function firstRequest(origin: string, { route, mcp }: Plan): FirstRequest {
  const url = `${origin}${route}`;
  if (!mcp) return { url, headers: {} };
  return {
    url,
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  };
}

/** The same for a terminal that has the token in TOKEN. */
export function curlOf({ url, headers, body }: FirstRequest): string {
  const sent = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  const data = body === undefined ? '' : ` -d '${body}'`;
  return `curl -s ${url} -H "Authorization: Bearer $TOKEN"${sent.join('')}${data}`;
}

/**
 * Signs the demo person in and asks the new service through the gateway, until it answers.
 *
 * @returns the token that opened it; undefined when nothing did in time
 */
export async function firstToken(
  origin: string,
  request: FirstRequest,
): Promise<string | undefined> {
  const deadlineMs = Date.now() + UP_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const token = await signIn(origin, request.url).catch(() => undefined);
    if (token && (await isOpenTo(token, request).catch(() => false))) return token;
    await delay(POLL_MS);
  }
  return undefined;
}

const signal = () => AbortSignal.timeout(REQUEST_TIMEOUT_MS);

/** For the new service alone; refused until the login server knows it. */
async function signIn(origin: string, resource: string): Promise<string | undefined> {
  const body = new URLSearchParams({ username: 'wangerge', password: DEMO_PASSWORD, resource });
  const answer = await fetch(new URL('/token', origin), { method: 'POST', body, signal: signal() });
  return answer.ok ? ((await answer.json()) as { access_token: string }).access_token : undefined;
}

async function isOpenTo(token: string, { url, headers, body }: FirstRequest): Promise<boolean> {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, Authorization: `Bearer ${token}` },
    signal: signal(),
    ...(body === undefined ? {} : { body }),
  });
  return answer.status === 200;
}

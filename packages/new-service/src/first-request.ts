import { setTimeout as delay } from 'node:timers/promises';
import { DEMO_PASSWORD } from '@latchkey/service-kit/joining/demo';

const UP_TIMEOUT_MS = 60_000;
const POLL_MS = 250;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Signs the demo person in and asks the new service through the gateway, until it answers.
 *
 * @returns the token that opened it; undefined when nothing did in time
 */
export async function firstToken(origin: string, route: string): Promise<string | undefined> {
  const deadlineMs = Date.now() + UP_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const token = await signIn(origin).catch(() => undefined);
    if (token && (await isOpenTo(token, origin, route).catch(() => false))) return token;
    await delay(POLL_MS);
  }
  return undefined;
}

const signal = () => AbortSignal.timeout(REQUEST_TIMEOUT_MS);

/** A token has the scopes that there were when it was made. */
async function signIn(origin: string): Promise<string | undefined> {
  const body = new URLSearchParams({ username: 'wangerge', password: DEMO_PASSWORD });
  const answer = await fetch(new URL('/token', origin), { method: 'POST', body, signal: signal() });
  return answer.ok ? ((await answer.json()) as { access_token: string }).access_token : undefined;
}

async function isOpenTo(token: string, origin: string, route: string): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(new URL(route, origin), { headers, signal: signal() })).status === 200;
}

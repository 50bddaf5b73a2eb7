import type { Stack } from '@latchkey/stack/stack';
import { quantile } from '../interleave.ts';
import { type Machine, machine, publish } from '../results.ts';
import { asJson, ask, signIn } from '../scale/requests.ts';
import { withStack } from '../with-stack.ts';
import { CopyWatch } from './copy-watch.ts';
import { measureFloor } from './floor.ts';

const PASSWORD = 'wren-under-the-eaves';
const USERNAME = 'bench-person';
const USER_REQUESTS = 500;

interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Report extends Machine {
  readonly revocations: number;
  /** Ms from the answer to the act to the first refusal, over all copies. */
  readonly refused: Spread;
  /** The same at the copy that was last. */
  readonly refusedEverywhere: Spread;
  readonly floor: Spread;
  readonly changedThenFetched: Spread;
  readonly userRequests: number;
  /** At auth-service while these were answered, by route. */
  readonly requestsToAuth: Readonly<Record<string, number>>;
}

/** From the answer that a login has ended to its refusal in every copy of every service. */
export const benchRevocation = async (short: boolean): Promise<void> => {
  await withStack(async (stack) => {
    const { auths, watches } = await startCopies(stack);
    const revocations = short ? 30 : 500;
    await asJson(`${auths[0]}/register`, { body: { username: USERNAME, password: PASSWORD } });
    const delays = await measureRevocations(auths, watches, revocations);
    const { events, fetches } = await measureFloor(
      stack.databaseUrls['auth-service'] as string,
      revocations,
    );
    const report: Report = {
      ...machine(),
      revocations,
      refused: spreadOf(delays.flat()),
      refusedEverywhere: spreadOf(delays.map((each) => Math.max(...each))),
      floor: spreadOf(events),
      changedThenFetched: spreadOf(fetches),
      userRequests: USER_REQUESTS,
      requestsToAuth: await countRequestsToAuth(auths, watches),
    };
    for (const watch of watches) watch.close();
    publish('revocation', report, toMarkdown(report), short);
  });
};

/** Two of auth-service, three of todo-service, two of support-service. */
const startCopies = async (stack: Stack) => {
  const urlOf = (name: string) => stack.services.find((each) => each.name === name)?.url as string;
  const withCopies = async (name: string, count: number) => {
    const urls = [urlOf(name)];
    while (urls.length < count) urls.push((await stack.addCopy(name)).url);
    return urls;
  };
  const auths = await withCopies('auth-service', 2);
  const todos = await withCopies('todo-service', 3);
  const supports = await withCopies('support-service', 2);
  const watches = [
    ...todos.map((url, at) => new CopyWatch(`todo-service ${at + 1}`, url, '/todo')),
    ...supports.map((url, at) => new CopyWatch(`support-service ${at + 1}`, url, '/tickets')),
  ];
  return { auths, watches };
};

/** By each way in turn that ends one login or one token, at either copy of auth-service. */
const measureRevocations = async (
  auths: readonly string[],
  watches: readonly CopyWatch[],
  revocations: number,
): Promise<number[][]> => {
  const delays: number[][] = [];
  for (let n = 0; n < revocations; n++) {
    const auth = auths[n % auths.length] as string;
    const { access_token, refresh_token } = await signIn(auth, USERNAME, PASSWORD);
    const token = String(access_token);
    const before = await Promise.all(watches.map((watch) => watch.status(token)));
    if (before.some((status) => status !== 200)) throw new Error(`refused too early: ${before}`);
    const sinceMs = await end(auth, n, token, String(refresh_token));
    delays.push(await Promise.all(watches.map((watch) => watch.untilRefused(token, sinceMs))));
  }
  return delays;
};

/** @returns when the answer to the act was here */
const end = async (auth: string, n: number, token: string, refreshToken: string) => {
  if (n % 3 === 0) await deleteSessions(auth, token);
  else {
    const form = { token: n % 3 === 1 ? token : refreshToken, client_id: 'latchkey-web' };
    await ask(`${auth}/revoke`, { form });
  }
  return performance.now();
};

const deleteSessions = async (auth: string, token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  const { ok, status } = await fetch(`${auth}/sessions`, { method: 'DELETE', headers });
  if (!ok) throw new Error(`DELETE /sessions ${status}`);
};

/** By route. */
const countRequestsToAuth = async (auths: readonly string[], watches: readonly CopyWatch[]) => {
  const token = String((await signIn(auths[0] as string, USERNAME, PASSWORD)).access_token);
  const before = await requestsAnswered(auths);
  for (let n = 0; n < USER_REQUESTS; n++) await watches[n % watches.length]?.status(token);
  const after = await requestsAnswered(auths);
  const more = [...after].map(
    ([route, count]) => [route, count - (before.get(route) ?? 0)] as const,
  );
  return Object.fromEntries(more.filter(([, count]) => count > 0));
};

const requestsAnswered = async (auths: readonly string[]): Promise<Map<string, number>> => {
  const found = new Map<string, number>();
  for (const url of auths) {
    const text = await (await ask(`${url}/metrics`)).text();
    const counts = text.matchAll(
      /^http_request_duration_seconds_count\{.*route="([^"]*)".*\} (\d+)$/gm,
    );
    for (const [, route = '', count] of counts) {
      // What the gateway and this bench ask themselves.
      if (route === '/readyz' || route === '/metrics') continue;
      found.set(route, (found.get(route) ?? 0) + Number(count));
    }
  }
  return found;
};

const spreadOf = (values: readonly number[]): Spread => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: Math.max(...values),
});

const toMarkdown = (report: Report): string => {
  const row = (name: string, { p50, p99, max }: Spread) =>
    `| ${name} | ${[p50, p99, max].map((ms) => ms.toFixed(1)).join(' | ')} |`;
  const routes = Object.entries(report.requestsToAuth).map(([route, n]) => `${n} of ${route}`);
  const asked = routes.join(', ') || 'none';
  return `# From the end of a login to its refusal

Node ${report.node}, ${report.cpu}, ${report.date}. The whole stack with its embedded PostgreSQL on this one
machine: 2 copies of auth-service, 3 of todo-service, 2 of support-service. ${report.revocations} logins were ended in
turn by DELETE /sessions, by revoking the access token and by revoking the refresh token; each copy is
asked with the token every millisecond from the answer to that request on.

| ms | p50 | p99 | max |
| --- | ---: | ---: | ---: |
${row('refused at a copy', report.refused)}
${row('refused at the last of the five', report.refusedEverywhere)}
${row('floor: one NOTIFY, one signed event, one bare socket', report.floor)}
${row('floor, where the listener fetches the list instead', report.changedThenFetched)}

While the five copies answered ${report.userRequests} requests of users, auth-service answered ${asked}: the lists are
fetched every 30 s, whatever users ask.
`;
};

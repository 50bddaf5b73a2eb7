import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '@latchkey/stack/stack';
import { median, quantile } from '../interleave.ts';
import { getWithToken, Load } from '../load.ts';
import { cpuTimeUs } from '../process-cpu.ts';
import { type Machine, machine, publish } from '../results.ts';
import { withStack } from '../with-stack.ts';
import { backendsOf, pin } from './cores.ts';
import { HealthProbe } from './health-probe.ts';
import { APP, SignInLoad } from './sign-in-load.ts';

const PEOPLE = 40;
const LOGINS_AT_ONCE = 8;
const WARM_UP_MS = 10_000;
const PASSWORD = 'wren-under-the-eaves';

interface Report extends Machine {
  readonly loginsPerSecond: number;
  readonly argon2PerSecond: number;
  /** Of the rates of one round: the median over the rounds. */
  readonly ofArgon2: number;
  /** By the form of the sign-in page and a code. */
  readonly signInsPerSecond: number;
  readonly signInsOfArgon2: number;
  readonly signInsOfLogins: number;
  /** Of auth-service, each. */
  readonly loginCpuMs: number;
  readonly signInCpuMs: number;
  /** Of auth-service, while it logs people in on every core. */
  readonly healthP99Ms: number;
  readonly todoCalmPerSecond: number;
  readonly todoBesidePerSecond: number;
  readonly ofCalm: number;
}

/** Logins and sign-ins against argon2id alone, and GET /todo beside them, on the whole stack. */
export const benchLogin = async (short: boolean): Promise<void> => {
  await withStack(async (stack) => {
    const tokens = await register(stack);
    await registerApp(stack);
    const options = { rounds: short ? 3 : 15, sliceMs: short ? 1_000 : 3_000 };
    const report = {
      ...machine(),
      ...(await againstArgon2(stack, options)),
      ...(await besideTodo(stack, tokens, options)),
    };
    publish('login', report, toMarkdown(report), short);
  });
};

interface Options {
  readonly rounds: number;
  readonly sliceMs: number;
}

const againstArgon2 = async (stack: Stack, { rounds, sliceMs }: Options) => {
  const argon2 = fork(`${import.meta.dirname}/argon2-alone.ts`);
  await once(argon2, 'message');
  const hashesPerSecond = async (): Promise<number> => {
    argon2.send(sliceMs);
    return ((await once(argon2, 'message')) as [number])[0];
  };
  const logins = await loginLoad(stack);
  const signIns = await signInLoad(stack);
  const probe = new HealthProbe(serviceOf(stack, 'auth-service').url);
  const rates: { hashes: number; logins: Rate; signIns: Rate }[] = [];
  try {
    // A service that has run for a while has compiled what it does over and over.
    await logins.perSecond(WARM_UP_MS);
    await signIns.perSecond(WARM_UP_MS);
    for (let round = 0; round < rounds; round++) {
      const hashes = await hashesPerSecond();
      probe.start();
      const ofLogins = await withCpu(stack, () => logins.perSecond(sliceMs));
      await probe.stop();
      const ofSignIns = await withCpu(stack, () => signIns.perSecond(sliceMs));
      rates.push({ hashes, logins: ofLogins, signIns: ofSignIns });
    }
  } finally {
    argon2.disconnect();
    logins.close();
    signIns.close();
  }
  return {
    loginsPerSecond: median(rates.map((round) => round.logins.perSecond)),
    argon2PerSecond: median(rates.map((round) => round.hashes)),
    ofArgon2: median(rates.map((round) => round.logins.perSecond / round.hashes)),
    signInsPerSecond: median(rates.map((round) => round.signIns.perSecond)),
    signInsOfArgon2: median(rates.map((round) => round.signIns.perSecond / round.hashes)),
    signInsOfLogins: median(rates.map((round) => round.signIns.perSecond / round.logins.perSecond)),
    loginCpuMs: median(rates.map((round) => round.logins.cpuMs)),
    signInCpuMs: median(rates.map((round) => round.signIns.cpuMs)),
    healthP99Ms: quantile(probe.timesMs, 0.99),
  };
};

interface Rate {
  readonly perSecond: number;
  readonly cpuMs: number;
}

const withCpu = async (stack: Stack, work: () => Promise<number>): Promise<Rate> => {
  const pid = serviceOf(stack, 'auth-service').pid as number;
  const cpuUs = () => cpuTimeUs(pid);
  const startUs = cpuUs();
  const start = performance.now();
  const perSecond = await work();
  const count = (perSecond * (performance.now() - start)) / 1000;
  return { perSecond, cpuMs: (cpuUs() - startUs) / 1000 / count };
};

/** todo-service, its share of PostgreSQL and this load on one core, everything else on another. */
const besideTodo = async (
  stack: Stack,
  tokens: readonly string[],
  { rounds, sliceMs }: Options,
) => {
  const todo = serviceOf(stack, 'todo-service');
  const load = await Load.open(portOf(todo.url));
  const requests = tokens.map((token) => getWithToken('/todo', token));
  const todoPerSecond = async () => rateOf(await load.run(requests, sliceMs));
  const logins = await loginLoad(stack);
  try {
    await Promise.all([todoPerSecond(), logins.perSecond(sliceMs)]);
    const { todo: ownCore, rest } = { todo: 1, rest: 0 };
    for (const pid of await restOf(stack)) pin(pid, rest);
    const ofTodo = await backendsOf(stack.databaseUrls['todo-service'] as string);
    for (const pid of [todo.pid as number, process.pid, ...ofTodo]) pin(pid, ownCore);
    const pairs: { calm: number; beside: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const calm = await todoPerSecond();
      const [beside] = await Promise.all([todoPerSecond(), logins.perSecond(sliceMs)]);
      pairs.push({ calm, beside });
    }
    return {
      todoCalmPerSecond: median(pairs.map(({ calm }) => calm)),
      todoBesidePerSecond: median(pairs.map(({ beside }) => beside)),
      ofCalm: median(pairs.map(({ calm, beside }) => beside / calm)),
    };
  } finally {
    load.close();
    logins.close();
  }
};

const restOf = async (stack: Stack): Promise<number[]> => {
  const postmaster = await readFile(join(stack.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const backends = await backendsOf(stack.databaseUrls['auth-service'] as string);
  const services = stack.services.filter(({ name }) => name !== 'todo-service');
  return [
    Number.parseInt(postmaster, 10),
    ...backends,
    ...services.map(({ pid }) => pid as number),
  ];
};

const loginLoad = async (stack: Stack) => {
  const load = await Load.open(portOf(serviceOf(stack, 'auth-service').url), LOGINS_AT_ONCE);
  const requests = Array.from({ length: PEOPLE }, (_, at) => loginOf(at));
  return {
    perSecond: async (durationMs: number) => rateOf(await load.run(requests, durationMs)),
    close: () => load.close(),
  };
};

const signInLoad = (stack: Stack): Promise<SignInLoad> => {
  const people = Array.from({ length: PEOPLE }, (_, at) => ({
    username: usernameOf(at),
    password: PASSWORD,
    address: addressOf(at),
  }));
  return SignInLoad.open(portOf(serviceOf(stack, 'auth-service').url), LOGINS_AT_ONCE, people);
};

/** Each person from a different address, as in life. */
const addressOf = (at: number) => `198.51.100.${at}`;

const loginOf = (at: number): Buffer => {
  const body = `username=${usernameOf(at)}&password=${PASSWORD}`;
  const lines = [
    'POST /token HTTP/1.1',
    'Host: x',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    `X-Forwarded-For: ${addressOf(at)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
};

const register = async (stack: Stack): Promise<string[]> => {
  const { url } = serviceOf(stack, 'auth-service');
  const tokens: string[] = [];
  for (let at = 0; at < PEOPLE; at++) {
    const username = usernameOf(at);
    await ask(`${url}/register`, JSON.stringify({ username, password: PASSWORD }));
    const form = new URLSearchParams({ username, password: PASSWORD });
    const { access_token: token } = await ask(`${url}/token`, form);
    tokens.push(token as string);
    for (const title of ['Buy milk', 'Feed the cat', 'Call Mum']) {
      const authorization = `Bearer ${token}`;
      await ask(`${serviceOf(stack, 'todo-service').url}/todo`, JSON.stringify({ title }), {
        authorization,
      });
    }
  }
  return tokens;
};

const registerApp = async (stack: Stack): Promise<void> => {
  const { url } = serviceOf(stack, 'auth-service');
  const form = new URLSearchParams({ username: 'admin', password: 'test1234', scope: 'admin' });
  const { access_token: token } = await ask(`${url}/token`, form);
  await ask(`${url}/admin/clients`, JSON.stringify(APP), { authorization: `Bearer ${token}` });
};

const ask = async (
  url: string,
  body: string | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> => {
  const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const response = await fetch(url, { method: 'POST', body, headers: { ...type, ...headers } });
  if (!response.ok) throw new Error(`${url} ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
};

const usernameOf = (at: number) => `bench-person-${at}`;

const rateOf = ({ count, seconds }: { count: number; seconds: number }) => count / seconds;

const portOf = (url: string) => Number(new URL(url).port);

const serviceOf = (stack: Stack, name: string) => {
  const found = stack.services.find((service) => service.name === name);
  if (!found) throw new Error(`no service ${name}`);
  return found;
};

const toMarkdown = (report: Report): string => `# Logging in

Node ${report.node}, ${report.cpu}, ${report.date}. The whole stack with its embedded PostgreSQL and its
load on this one machine; slices in turn, medians over the rounds.

| | a second | ratio |
| --- | ---: | ---: |
| argon2id alone, a thread for each core | ${report.argon2PerSecond.toFixed(1)} | 1.00 |
| logins by the password grant, ${LOGINS_AT_ONCE} at once | ${report.loginsPerSecond.toFixed(1)} | ${report.ofArgon2.toFixed(2)} |
| sign-ins, ${LOGINS_AT_ONCE} at once: the form of the page, then the code at /token | ${report.signInsPerSecond.toFixed(1)} | ${report.signInsOfArgon2.toFixed(2)} |

Sign-ins beside logins by the password grant: ${report.signInsOfLogins.toFixed(2)}. CPU of auth-service:
${report.loginCpuMs.toFixed(1)} ms a login, ${report.signInCpuMs.toFixed(1)} ms a sign-in.

\`GET /healthz\` of auth-service meanwhile: p99 ${report.healthP99Ms.toFixed(1)} ms.

todo-service, its connections to PostgreSQL and its load on one core; logins on the other:

| | a second | ratio |
| --- | ---: | ---: |
| GET /todo, calm | ${report.todoCalmPerSecond.toFixed(0)} | 1.00 |
| GET /todo beside logins | ${report.todoBesidePerSecond.toFixed(0)} | ${report.ofCalm.toFixed(2)} |
`;

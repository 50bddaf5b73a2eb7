import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@latchkey/stack/stack';
import { median } from '../interleave.ts';
import { getWithToken, Load } from '../load.ts';
import { cpuTimeUs } from '../process-cpu.ts';
import { type Machine, machine, publish } from '../results.ts';
import { withStack } from '../with-stack.ts';

const ROWS = 20;
const WARM_UP_MS = 5_000;
const PERSON = { username: 'bench-person', password: 'wren-under-the-eaves' };
const PYTHON = '/usr/bin/python3';

interface Contestant {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

interface Measured {
  readonly name: string;
  /** Of the service's own process, user and system together. */
  readonly cpuUs: number;
  readonly perSecond: number;
}

interface Report extends Machine {
  readonly services: readonly Measured[];
}

/** `GET /todo` of 20 rows: the CPU that a request costs the service, beside the tutorial's service. */
export const benchService = async (short: boolean): Promise<void> => {
  await withStack(async (stack) => {
    let tutorial: ChildProcess | undefined;
    try {
      const { token, id } = await signUp(stack);
      const todo = serviceOf(stack, 'todo-service');
      const contestants: Contestant[] = [
        { name: 'todo-service', pid: todo.pid as number, port: portOf(todo.url), token },
      ];
      if (hasFastApi()) {
        const started = await startTutorial(stack, id);
        tutorial = started.child;
        contestants.push(started.contestant);
      }
      const rounds = short ? 3 : 15;
      const services = await measure(contestants, rounds, short ? 1_000 : 3_000);
      const report = { ...machine(), services };
      publish('service', report, toMarkdown(report), short);
    } finally {
      tutorial?.kill('SIGTERM');
    }
  });
};

const measure = async (
  contestants: readonly Contestant[],
  rounds: number,
  sliceMs: number,
): Promise<Measured[]> => {
  const measured = new Map(contestants.map(({ name }) => [name, [] as Measured[]]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, pid, port, token } of contestants) {
      const load = await Load.open(port);
      const before = cpuTimeUs(pid);
      const requests = [getWithToken('/todo', token)];
      const { count, seconds } = await load.run(requests, round < 0 ? WARM_UP_MS : sliceMs);
      load.close();
      if (round < 0) continue;
      const cpuUs = (cpuTimeUs(pid) - before) / count;
      measured.get(name)?.push({ name, cpuUs, perSecond: count / seconds });
    }
  }
  return [...measured].map(([name, slices]) => ({
    name,
    cpuUs: median(slices.map(({ cpuUs }) => cpuUs)),
    perSecond: median(slices.map(({ perSecond }) => perSecond)),
  }));
};

const signUp = async (stack: Stack): Promise<{ token: string; id: number }> => {
  const { url: auth } = serviceOf(stack, 'auth-service');
  const { url: todo } = serviceOf(stack, 'todo-service');
  const { id } = await post(`${auth}/register`, JSON.stringify(PERSON));
  const { access_token: token } = await post(`${auth}/token`, new URLSearchParams(PERSON));
  for (let row = 1; row <= ROWS; row++) {
    await post(`${todo}/todo`, JSON.stringify({ title: `Row ${row}` }), String(token));
  }
  return { token: String(token), id: Number(id) };
};

const post = async (url: string, body: string | URLSearchParams, token?: string) => {
  const headers = {
    ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(url, { method: 'POST', body, headers });
  if (!response.ok) throw new Error(`${url} ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
};

const hasFastApi = (): boolean => {
  try {
    execFileSync(PYTHON, ['-c', 'import fastapi, jose, psycopg2, sqlalchemy, uvicorn'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
};

const startTutorial = async (stack: Stack, id: number) => {
  const secret = 'a secret that only this benchmark knows, 32 bytes';
  const port = portOf(stack.origin) + 50;
  const DATABASE_URL = stack.databaseUrls['todo-service'] as string;
  const child = spawn(PYTHON, [join(import.meta.dirname, 'tutorial_service.py'), String(port)], {
    env: { PATH: process.env.PATH, DATABASE_URL, JWT_SECRET: secret },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/docs`).catch(() => undefined);
    if (answer?.ok) break;
    if (attempt > 100) throw new Error('the FastAPI service does not answer');
    await delay(100);
  }
  const name = 'FastAPI, as in its tutorial';
  const token = hs256({ sub: PERSON.username, id, exp: Date.now() / 1000 + 3_600 }, secret);
  return { child, contestant: { name, pid: child.pid as number, port, token } };
};

const hs256 = (claims: object, secret: string): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

const portOf = (url: string) => Number(new URL(url).port);

const serviceOf = (stack: Stack, name: string) => {
  const found = stack.services.find((service) => service.name === name);
  if (!found) throw new Error(`no service ${name}`);
  return found;
};

const toMarkdown = ({ services, node, cpu, date }: Report): string => {
  const [ours] = services;
  const rows = services.map(({ name, cpuUs, perSecond }) => {
    const ratio = (cpuUs / (ours?.cpuUs ?? Number.NaN)).toFixed(2);
    return `| ${name} | ${cpuUs.toFixed(0)} | ${ratio} | ${perSecond.toFixed(0)} |`;
  });
  return `# A request to a service

Node ${node}, ${cpu}, ${date}. \`GET /todo\` of ${ROWS} rows with a token, over kept-alive connections, access log on,
the same table of the same PostgreSQL; slices in turn, medians over the rounds. CPU is that of the
service's own process.

| | CPU, µs a request | times todo-service | requests/s |
| --- | ---: | ---: | ---: |
${rows.join('\n')}
`;
};

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { requester, type TestAnswer } from '@latchkey/service-kit/testing/harness';
import { startStack } from '@latchkey/stack/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { givenOrigin, makeDataDir } from '../src/system.ts';

/** Each ended at one moment of the trouble. */
const REVOCATIONS = Number(process.env.REVOCATIONS ?? 1_000);
const PASSWORD = 'a person with a long password';

type Stack = Awaited<ReturnType<typeof start>>;

async function start() {
  const { dataDir, remove } = await makeDataDir();
  const stack = await startStack({ port: 0, dataDir });
  const urlOf = (name: string) => stack.services.find((each) => each.name === name)?.url as string;
  const secondAuth = await stack.addCopy('auth-service');
  const secondTodo = await stack.addCopy('todo-service');
  return {
    ...stack,
    auths: [urlOf('auth-service'), secondAuth.url].map((url) => requester(url)),
    todos: [urlOf('todo-service'), secondTodo.url].map((url) => requester(url)),
    async stop() {
      await stack.stop();
      await remove();
    },
  };
}

let stack: Stack;
beforeAll(async () => {
  if (!givenOrigin) stack = await start();
});
afterAll(() => stack?.stop());

/** From whichever copy answers, in turn; while none does, again. */
async function ask(line: string, options: object, isAnswer: (answer: TestAnswer) => boolean) {
  const untilMs = Date.now() + 60_000;
  for (let n = Math.floor(Math.random() * 2); Date.now() < untilMs; n++) {
    const request = stack.auths[n % 2] as Stack['auths'][number];
    const answer = await request(line, options).catch(() => undefined);
    if (answer && isAnswer(answer)) return answer;
    await delay(50);
  }
  throw new Error(`${line} was not answered`);
}

const is = (status: number) => (answer: TestAnswer) => answer.status === status;

async function login() {
  const form = { username: 'ada', password: PASSWORD };
  const { body } = await ask('POST /token', { form }, is(200));
  return { token: body.access_token as string, refreshToken: body.refresh_token as string };
}

/** Ends one login; what was not answered may have happened or not, so it is asked again. */
async function end(n: number, { token, refreshToken }: Awaited<ReturnType<typeof login>>) {
  if (n % 3 === 0) {
    const session = JSON.parse(String(Buffer.from(token.split('.')[1] as string, 'base64url'))).sid;
    // Not found, or refused, the second time, when it happened and the answer was lost.
    const happened = ({ status }: TestAnswer) => [204, 401, 404].includes(status);
    return ask(`DELETE /sessions/${session}`, { token }, happened);
  }
  const form = { token: n % 3 === 1 ? token : refreshToken, client_id: 'latchkey-web' };
  return ask('POST /revoke', { form }, is(200));
}

/** What goes wrong meanwhile, over and over. */
async function trouble(isOver: () => boolean) {
  const postmaster = join(stack.dataDir, 'postgres', 'postmaster.pid');
  const [, second] = stack.services.filter(({ name }) => name === 'auth-service');
  const acts = [
    async () => {
      await stack.killService('auth-service');
      await delay(300);
      await stack.restartService('auth-service');
    },
    async () => {
      // The stack restarts it.
      if (second?.pid) process.kill(second.pid, 'SIGKILL');
      await delay(2_000);
    },
    async () => {
      const pid = Number.parseInt(await readFile(postmaster, 'utf8'), 10);
      process.kill(pid, 'SIGINT');
      await delay(3_000);
    },
  ];
  let acted = 0;
  while (!isOver()) {
    await acts[acted % acts.length]?.().catch(() => undefined);
    acted++;
    await delay(1_000 + Math.random() * 1_000);
  }
  return acted;
}

it.skipIf(givenOrigin)(
  'under kills of auth-service and PostgreSQL no revocation is lost and no valid token is refused',
  {
    timeout: 600_000,
  },
  async () => {
    const json = { username: 'ada', password: PASSWORD };
    await ask('POST /register', { json }, ({ status }) => status === 201 || status === 409);
    await ask('POST /register', { json: { ...json, username: 'bob' } }, is(201));
    const form = { username: 'bob', password: PASSWORD };
    const kept = (await ask('POST /token', { form }, is(200))).body.access_token as string;

    let over = false;
    const falseRefusals: string[] = [];
    const watch = async (todo: Stack['todos'][number]) => {
      while (!over) {
        const { status } = await todo('GET /todo', { token: kept });
        if (status === 401 || status === 403) falseRefusals.push(`${status}`);
        await delay(20);
      }
    };
    const watched = stack.todos.map(watch);
    const troubled = trouble(() => over);

    const ended: string[] = [];
    const worker = async (first: number) => {
      for (let n = first; n < REVOCATIONS; n += 4) {
        const session = await login();
        await end(n, session);
        ended.push(session.token);
      }
    };
    await Promise.all([0, 1, 2, 3].map(worker));
    over = true;
    const troubles = await troubled;
    await Promise.all(watched);

    expect(troubles).toBeGreaterThan(2);
    expect(ended).toHaveLength(REVOCATIONS);
    await ask('GET /readyz', {}, is(200));
    // Things are back: the slowest to notice polls its reconnect.
    for (const todo of stack.todos) {
      const stillGood = async () => {
        const answers = await Promise.all(ended.map((token) => todo('GET /todo', { token })));
        return answers.filter(({ status }) => status !== 401).length;
      };
      await expect.poll(stillGood, { timeout: 30_000, interval: 1_000 }).toBe(0);
      expect((await todo('GET /todo', { token: kept })).status).toBe(200);
    }
    expect(falseRefusals).toEqual([]);
  },
);

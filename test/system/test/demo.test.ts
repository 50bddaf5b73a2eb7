import { rm } from 'node:fs/promises';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { requester } from '@latchkey/service-kit/testing/harness';
import { type Stack, startStack } from '@latchkey/stack/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenOrigin } from '../src/system.ts';

// A system that runs elsewhere was perhaps started long ago, or in production.
describe.skipIf(givenOrigin)('what a first start puts into the lists', () => {
  const person = { wangerge: '', agent: '' };
  let dataDir: string;
  let stack: Stack;
  beforeAll(async () => {
    dataDir = await makeOpenFolder('latchkey-demo-');
    await start();
  });
  afterAll(async () => {
    await stack?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start() {
    stack = await startStack({ port: 0, dataDir });
    for (const username of ['wangerge', 'agent'] as const) {
      const form = { username, password: 'test1234' };
      const { body } = await requester(stack.origin)('POST /token', { form });
      person[username] = body.access_token;
    }
  }
  const as = (username: keyof typeof person) => (route: string) =>
    requester(stack.origin)(route, { token: person[username] });
  const wangerge = as('wangerge');
  const agent = as('agent');
  const titles = (todos: { title: string }[]) => todos.map(({ title }) => title);

  it('is todos and tickets, as their own services made them', async () => {
    const todos = (await wangerge('GET /todo')).body;
    expect(todos).toHaveLength(12);
    expect(new Set(todos.map(({ done }: { done: boolean }) => done))).toEqual(
      new Set([true, false]),
    );
    const tickets = (await wangerge('GET /tickets?sort=id')).body;
    expect(tickets).toMatchObject([
      { status: 'closed', todo: null },
      { status: 'answered', todo: { title: 'Be at home for the delivery' } },
      { status: 'open', todo: null },
      { status: 'open', todo: null },
    ]);
    const messages = (await wangerge(`GET /tickets/${tickets[1].id}/messages`)).body;
    expect(messages).toMatchObject([
      { author: { username: 'wangerge', agent: false } },
      { author: { username: 'agent', agent: true } },
    ]);
    expect((await agent('GET /todo')).body).toEqual([]);
    const queue = (await agent('GET /tickets?status=open&sort=updatedAt')).body;
    expect(queue.map(({ owner }: { owner: string }) => owner)).toEqual([
      'wangerge',
      'mei',
      'wangerge',
    ]);
    expect((await agent('GET /tickets')).body).toHaveLength(6);
  });

  it('is not made again by the next start, what was deleted included', async () => {
    const [first, ...rest] = (await wangerge('GET /todo')).body;
    expect((await wangerge(`DELETE /todo/${first.id}`)).status).toBe(204);
    await stack.stop();
    await start();
    expect(titles((await wangerge('GET /todo')).body)).toEqual(titles(rest));
    expect((await wangerge('GET /tickets')).body).toHaveLength(4);
  }, 60_000);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneRepository } from '../src/clone.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/add-a-service.md'), 'utf8');
// The containers' part is run by test/compose.
const [onThisMachine = ''] = page.split('\n## In containers');
const [startIt, writeIt, tryIt, checkIt, removeIt, ...more] = [
  ...onThisMachine.matchAll(/```sh\n([\s\S]*?)```/g),
].map(([, script = '']) => script.trim()) as [string, string, string, string, string];

/** One test a section of docs/add-a-service.md, in its order: each goes on where the last ended. */
let clone: Awaited<ReturnType<typeof cloneRepository>>;
let stack: Awaited<ReturnType<typeof clone.start>>;
let startedAt: number;
beforeAll(async () => {
  clone = await cloneRepository();
});
afterAll(async () => {
  await stack?.stop();
  await clone?.remove();
});

const atOrigin = (script: string) => script.replaceAll('http://localhost:8080', stack.origin);

it('has five blocks of commands', () => {
  expect(removeIt).toContain('rm -r');
  expect(more).toEqual([]);
});

it('1. the stack starts from a fresh clone', async () => {
  startedAt = performance.now();
  stack = await clone.start(startIt);
  expect(await clone.status()).toEqual([]);
});

it('2. the new service joins the running stack, and no request is lost', async () => {
  const statuses = new Map<string, number>();
  let done = false;
  const ask = async (path: string) => {
    while (!done) {
      const response = await fetch(`${stack.origin}${path}`).catch((error: Error) => error);
      const what = `${path} ${response instanceof Error ? response.message : response.status}`;
      statuses.set(what, (statuses.get(what) ?? 0) + 1);
      if (!(response instanceof Error)) await response.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const asking = [ask('/todo'), ask('/.well-known/jwks.json')];
  const printed = await clone.shell(writeIt);
  const seconds = (performance.now() - startedAt) / 1000;
  done = true;
  await Promise.all(asking);
  expect([...statuses.keys()].toSorted()).toEqual(['/.well-known/jwks.json 200', '/todo 401']);

  const example = printed.slice(printed.indexOf('TOKEN=')).replace('curl -s', 'curl -fs');
  expect(await clone.shell(example)).toBe('[]');
  process.stdout.write(`from a fresh clone to the first 200: ${seconds.toFixed(0)} s\n`);
});

it('changes only what is its own, and what is derived from it', async () => {
  expect(await clone.status()).toEqual([
    ' M CODEOWNERS',
    ' M docker-compose.production.yml',
    ' M docker-compose.yml',
    ' M pnpm-lock.yaml',
    '?? prisma/billing/',
    '?? services/billing-service/',
  ]);
});

it('3. every route answers, the call to another service too', async () => {
  const printed = await clone.shell(atOrigin(tryIt));
  expect(printed).toMatch(/\{"id":1,"text":"First entry",.*\}\[\{"id":1,.*\}\]\{"count":\d+\}/);
  expect(printed).toContain('"status":401');
});

it('run again it changes nothing', async () => {
  await clone.git('add', '--all');
  expect(await clone.shell(writeIt)).toContain('nothing changed');
  expect((await clone.status()).filter((line) => !/^[AM] {2}/.test(line))).toEqual([]);
});

it('a name that is taken is one line and exit code 2, and nothing is written', async () => {
  const taken = 'npx -y pnpm@12 --silent new-service todo 2>&1 || echo "exit $?"';
  expect((await clone.shell(taken)).trim().split('\n')).toEqual([
    expect.stringMatching(/^new-service: todo-service is taken: /),
    'exit 2',
  ]);
  expect((await clone.status()).filter((line) => !/^[AM] {2}/.test(line))).toEqual([]);
});

it('5. its tests and the checks of the repository are green', async () => {
  const printed = await clone.shell(checkIt);
  expect(printed).toMatch(/Test Files .*4 passed/);
  await clone.shell('cd test/repository && npx -y pnpm@12 vitest run derived openapi');
});

it('it is removed without a trace, and the stack stops it', async () => {
  await clone.shell(removeIt);
  await clone.git('add', '--all');
  expect(await clone.status()).toEqual([]);
  await expect
    .poll(async () => (await fetch(`${stack.origin}/billing`)).status, { timeout: 10_000 })
    .toBe(404);
});

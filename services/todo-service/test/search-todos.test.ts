import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTodoService } from './harness.ts';

let service: Awaited<ReturnType<typeof startTodoService>>;

beforeAll(async () => {
  service = await startTodoService();
  const todos = [
    { title: 'Buy milk', description: 'And bread, from the corner shop', priority: 2 },
    { title: 'Buy bread', priority: 5, done: true },
    { title: 'Call Zoë', description: 'ÄRGER mit 100% der_Rechnung\\n' },
    { title: 'Milk the cow', priority: 4 },
  ];
  for (const json of todos) await service.request('POST /todo', { token: service.ada, json });
  await service.request('POST /todo', { token: service.ben, json: { title: 'Ben’s milk' } });
});
afterAll(() => service.stop());

const find = (query: string, token = service.ada) =>
  service.request(`GET /todo?${query}`, { token });
const titles = (answer: { body: { title: string }[] }) => answer.body.map(({ title }) => title);

it.each([
  ['milk', ['Buy milk', 'Milk the cow']],
  ['BREAD', ['Buy milk', 'Buy bread']],
  ['bread milk', ['Buy milk']],
  ['  milk \t bread ', ['Buy milk']],
  ['corn', ['Buy milk']],
  ['zoË ärger', ['Call Zoë']],
  // Not patterns.
  ['100%', ['Call Zoë']],
  ['1%0', []],
  ['r_r', ['Call Zoë']],
  ['m_lk', []],
  ['\\n', ['Call Zoë']],
  ['milk absent', []],
  // Not across the two.
  ['milkand', []],
])('200 finds %j in title and description', async (search, expected) => {
  expect(titles(await find(new URLSearchParams({ search }).toString()))).toEqual(expected);
});

it('200 finds nothing of anyone else', async () => {
  expect(titles(await find('search=milk', service.ben))).toEqual(['Ben’s milk']);
  expect(titles(await find('search=ben'))).toEqual([]);
});

it('200 with the other filters, sorted, in pages', async () => {
  expect(titles(await find('search=bread&done=true'))).toEqual(['Buy bread']);
  const first = await find('search=m&sort=-priority&limit=2');
  expect(titles(first)).toEqual(['Milk the cow', 'Call Zoë']);
  const next = nextLink(first.headers);
  expect(next).toContain('search=m');
  const second = await service.request(`GET ${next}`, { token: service.ada });
  expect(titles(second)).toEqual(['Buy milk']);
  expect(nextLink(second.headers)).toBeUndefined();
});

it.each([
  'search=',
  'search=%20',
  'search=%00',
  `search=${'x'.repeat(201)}`,
  `search=${'a b c d e f g h i j k'.replaceAll(' ', '+')}`,
  'search=a&search=b',
])('400 for ?%s, naming search', async (query) => {
  const answer = await find(query);
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0]).toMatchObject({ in: 'query', field: 'search' });
});

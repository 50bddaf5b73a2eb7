import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTodoService } from './harness.ts';

let service: Awaited<ReturnType<typeof startTodoService>>;
const titles = ['pear', 'apple', 'fig', 'plum', 'kiwi', 'lime', 'date'];

beforeAll(async () => {
  service = await startTodoService();
  for (const [index, title] of titles.entries()) {
    const json = { title, priority: (index % 3) + 1, done: index % 2 === 0 };
    await service.request('POST /todo', { token: service.ada, json });
  }
  await service.request('POST /todo', { token: service.ben, json: { title: "ben's own" } });
});
afterAll(() => service.stop());

async function allPages(path: string) {
  const rows: { id: number; title: string; priority: number; done: boolean }[] = [];
  let pages = 0;
  for (let next: string | undefined = path; next; pages++) {
    const answer = await service.request(`GET ${next}`, { token: service.ada });
    expect(answer.status).toBe(200);
    rows.push(...answer.body);
    next = nextLink(answer.headers);
  }
  return { rows, pages };
}

describe('GET /todo', () => {
  it('200 lists one’s own todos, a plain array, in order of id', async () => {
    const answer = await service.request('GET /todo', { token: service.ada });
    expect(answer.body.map((todo: { title: string }) => todo.title)).toEqual(titles);
    expect(answer.headers.get('link')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.text).not.toContain('ben');
    expect(answer.text).not.toContain('owner');
  });

  it.each(['id', '-id', 'priority', '-priority', 'title', '-title', 'createdAt', '-createdAt'])(
    '200 pages through everything once, sorted by %s',
    async (sort) => {
      const { rows, pages } = await allPages(`/todo?limit=2&sort=${sort}`);
      expect(pages).toBe(4);
      expect(new Set(rows.map((row) => row.id)).size).toBe(titles.length);
      const key = sort.replace('-', '') as 'id' | 'priority' | 'title';
      if (sort.endsWith('createdAt')) return;
      const values = rows.map((row) => row[key]);
      const ordered = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(values).toEqual(sort.startsWith('-') ? ordered.toReversed() : ordered);
    },
  );

  it('200 pages behind a title that is longest in a cursor', async () => {
    const token = service.token({ sub: 'cy', id: 3, scope: 'todo:read todo:write' });
    const title = '\u0001'.repeat(199);
    for (const end of ['a', 'b']) {
      await service.request('POST /todo', { token, json: { title: title + end } });
    }
    const first = await service.request('GET /todo?sort=title&limit=1', { token });
    const second = await service.request(`GET ${nextLink(first.headers)}`, { token });
    expect(second.body).toMatchObject([{ title: `${title}b` }]);
  });

  it.each([
    ['true', 4],
    ['false', 3],
  ])('200 only those with done=%s', async (done, count) => {
    const { rows } = await allPages(`/todo?limit=2&done=${done}`);
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((row) => String(row.done)))).toEqual(new Set([done]));
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=ten', 'limit'],
    ['done=maybe', 'done'],
    ['sort=owner', 'sort'],
    ['cursor=nonsense', 'cursor'],
    [`sort=priority&cursor=${Buffer.from('["fig",3]').toString('base64url')}`, 'cursor'],
    ['limit=1&limit=2', 'limit'],
  ])('400 for ?%s, naming %s', async (query, field) => {
    const answer = await service.request(`GET /todo?${query}`, { token: service.ada });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('invalid_request');
    expect(answer.body.errors[0]).toMatchObject({ in: 'query', field });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTodoService } from './harness.ts';

let service: Awaited<ReturnType<typeof startTodoService>>;
beforeAll(async () => {
  service = await startTodoService();
});
afterAll(() => service.stop());

const create = (json: unknown) => service.request('POST /todo', { token: service.ada, json });

describe('POST /todo', () => {
  it('201 with defaults, its address, and only public members', async () => {
    const answer = await create({ title: '  Buy milk ', owner: 2, id: 77 });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/todo/${answer.body.id}`);
    expect(answer.body).toEqual({
      id: expect.any(Number),
      title: 'Buy milk',
      description: '',
      priority: 3,
      done: false,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(answer.body.id).not.toBe(77);
  });

  it('201 keeps any well-formed text', async () => {
    const title = 'Ünïcödé 🗝️ ‮right-to-left "quotes" \\ <b>';
    expect((await create({ title })).body.title).toBe(title);
  });

  it.each([
    ['no title', {}, 'title'],
    ['an empty title', { title: '  ' }, 'title'],
    ['a title too long', { title: 'x'.repeat(201) }, 'title'],
    ['NUL', { title: 'a\0b' }, 'title'],
    ['half a surrogate pair', { title: 'a\ud800' }, 'title'],
    ['a priority out of range', { title: 'x', priority: 6 }, 'priority'],
    ['a priority as text', { title: 'x', priority: '3' }, 'priority'],
    ['done as text', { title: 'x', done: 'yes' }, 'done'],
    ['an array', [], ''],
    ['null', null, ''],
  ])('400 for %s, naming the field', async (_what, json, field) => {
    const answer = await create(json);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]).toMatchObject({ in: 'body', field });
  });

  it.each([
    ['400 for JSON that is none', '{"title":', 'application/json', 400],
    ['413 for a body too large', JSON.stringify('x'.repeat(70_000)), 'application/json', 413],
    ['415 for a form', 'title=x', 'application/x-www-form-urlencoded', 415],
    ['415 for another charset', '{"title":"x"}', 'application/json; charset=utf-16', 415],
    ['400 for a body nested too deep', '['.repeat(40) + ']'.repeat(40), 'application/json', 400],
  ])('%s', async (_what, body, contentType, status) => {
    const headers = { 'content-type': contentType };
    const answer = await service.request('POST /todo', { token: service.ada, body, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

describe('GET, PUT, PATCH, DELETE /todo/:id', () => {
  it('200 reads what was made', async () => {
    const made = await create({ title: 'Read me', description: 'all', priority: 5, done: true });
    const answer = await service.request(`GET /todo/${made.body.id}`, { token: service.ada });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(made.body);
  });

  it('200 PUT replaces: what is left out takes its default', async () => {
    const { body } = await create({ title: 'Old', description: 'gone', priority: 5, done: true });
    const options = { token: service.ada, json: { title: 'New' } };
    const answer = await service.request(`PUT /todo/${body.id}`, options);
    expect(answer.body).toMatchObject({ title: 'New', description: '', priority: 3, done: false });
    expect(answer.body.createdAt).toBe(body.createdAt);
  });

  it('200 PATCH changes what it names and no more', async () => {
    const { body } = await create({ title: 'Keep', description: 'this', priority: 5 });
    const options = { token: service.ada, json: { done: true } };
    const answer = await service.request(`PATCH /todo/${body.id}`, options);
    expect(answer.body).toEqual({ ...body, done: true, updatedAt: answer.body.updatedAt });
    expect(Date.parse(answer.body.updatedAt)).toBeGreaterThanOrEqual(Date.parse(body.updatedAt));
  });

  it('400 PATCH of nothing', async () => {
    const { body } = await create({ title: 'Same' });
    const answer = await service.request(`PATCH /todo/${body.id}`, {
      token: service.ada,
      json: {},
    });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain('at least one');
  });

  it('204 DELETE, and it is gone', async () => {
    const { body } = await create({ title: 'Drop' });
    const first = await service.request(`DELETE /todo/${body.id}`, { token: service.ada });
    expect([first.status, first.text]).toEqual([204, '']);
    const again = await service.request(`DELETE /todo/${body.id}`, { token: service.ada });
    expect([again.status, again.body.code]).toEqual([404, 'todo_not_found']);
  });

  it.each(['abc', '0', '-1', '1.5', '99999999999', '2147483648', "1'--"])(
    '400 for the id %s',
    async (id) => {
      const path = `/todo/${encodeURIComponent(id)}`;
      const answer = await service.request(`GET ${path}`, { token: service.ada });
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0]).toMatchObject({ in: 'path', field: 'id' });
    },
  );

  it('405 with Allow for a method that is not offered', async () => {
    const answer = await service.request('POST /todo/1', { token: service.ada, json: {} });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, PUT, PATCH, DELETE, HEAD');
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import {
  absent,
  json,
  milk,
  notEnoughScope,
  silence,
  startTodoService,
  type TodoService,
  tokenRefused,
} from './todo-service-double.ts';
import { alice } from './tokens.ts';

let todoService: TodoService;
let service: SupportService;
beforeAll(async () => {
  todoService = await startTodoService();
  service = await startSupportService({ todoServiceUrl: todoService.url, todoTimeoutMs: 200 });
});
afterAll(async () => {
  await service.stop();
  await todoService.stop();
});
beforeEach(() => todoService.answerWith(json(200, milk)));
afterEach(async () => {
  await service.db.ticket.deleteMany();
});

const open = (headers: Record<string, string> = {}) =>
  service.request('POST /tickets', {
    token: alice,
    json: { subject: 's', message: 'm', todoId: 7 },
    headers,
  });

async function expectNothingWritten() {
  expect(await service.db.ticket.count()).toBe(0);
  expect(await service.db.message.count()).toBe(0);
}

test('201 with the todo’s title as it was then', async () => {
  const answer = await open();
  expect(answer.status).toBe(201);
  expect(answer.body.todo).toEqual({ id: 7, title: 'Buy milk' });
  expect(answer.text).not.toContain(milk.description);
  todoService.answerWith(json(200, { ...milk, title: 'Buy oat milk' }));
  const later = await service.request(`GET /tickets/${answer.body.id}`, { token: alice });
  expect(later.body.todo).toEqual({ id: 7, title: 'Buy milk' });
  expect(todoService.requests).toHaveLength(0);
});

test('todo-service is asked with the person’s token, in the same trace', async () => {
  const traceId = 'a'.repeat(32);
  const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
  await open({ 'x-request-id': 'request-0001', traceparent, cookie: 'session=1' });
  const [request, ...more] = todoService.requests;
  expect(more).toEqual([]);
  expect(request).toMatchObject({ method: 'GET', url: '/todo/7' });
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${alice}`,
    'x-request-id': 'request-0001',
  });
  expect(request?.headers.traceparent).toContain(traceId);
  expect(request?.headers).not.toHaveProperty('cookie');
});

test('without todoId, todo-service is not asked', async () => {
  await service.openTicket(alice);
  expect(todoService.requests).toHaveLength(0);
});

test('a body at fault is told without asking todo-service', async () => {
  const answer = await service.request('POST /tickets', { token: alice, json: { todoId: 7 } });
  expect(answer.status).toBe(400);
  expect(todoService.requests).toHaveLength(0);
});

test('422 that names todoId for a todo that is absent or another person’s', async () => {
  todoService.answerWith(absent);
  const answer = await open();
  expect(answer.status).toBe(422);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({
    code: 'todo_unknown',
    errors: [{ in: 'body', field: 'todoId' }],
  });
  await expectNothingWritten();
});

test.each([
  ['scope', notEnoughScope],
  ['audience', tokenRefused],
])('403 naming todo:read when the token’s %s does not open todo-service', async (_, respond) => {
  todoService.answerWith(respond);
  const answer = await open();
  expect(answer.status).toBe(403);
  expect(answer.body.code).toBe('scope_insufficient');
  expect(answer.headers.get('www-authenticate')).toContain('scope="todo:read"');
  await expectNothingWritten();
});

test.each([
  ['is too slow', silence],
  ['fails', json(500, { detail: 'SELECT secret FROM todo' })],
  ['is itself unavailable', json(503, {})],
  ['is overrun', json(429, {})],
  ['redirects', (res) => res.writeHead(302, { location: '/elsewhere' }).end()],
  ['answers HTML', (res) => res.writeHead(200).end('<html>proxy</html>')],
  ['answers nothing', (res) => res.writeHead(200).end()],
  ['answers something else', json(200, { name: 'x' })],
  ['answers text that cannot be stored', json(200, { title: 'a\0b' })],
  ['cuts the connection', (res) => res.destroy()],
  [
    'stops in the middle',
    (res) => {
      res.writeHead(200, { 'content-length': '100' }).write('{"title":');
      setImmediate(() => res.destroy());
    },
  ],
  ['never ends', (res) => void res.writeHead(200).write('{"title":')],
  ['answers without bound', (res) => res.writeHead(200).end(`"${'x'.repeat(2 ** 21)}"`)],
] satisfies [string, Parameters<TodoService['answerWith']>[0]][])(
  '503 and nothing written when todo-service %s',
  async (_, respond) => {
    todoService.answerWith(respond);
    const startedAt = performance.now();
    const answer = await open();
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe('todo_service_unavailable');
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    for (const leak of ['SELECT', 'html', '127.0.0.1', 'ECONN', 'elsewhere', alice]) {
      expect(answer.text).not.toContain(leak);
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await expectNothingWritten();
  },
);

test('503 when todo-service is down; everything else goes on', async () => {
  const gone = await startTodoService();
  await gone.stop();
  const other = await startSupportService({ todoServiceUrl: gone.url });
  const json = { subject: 's', message: 'm', todoId: 7 };
  const answer = await other.request('POST /tickets', { token: alice, json });
  expect(answer.status).toBe(503);
  expect(answer.body.code).toBe('todo_service_unavailable');
  expect(await other.db.ticket.count()).toBe(0);
  const id = await other.openTicket(alice);
  expect((await other.request(`GET /tickets/${id}`, { token: alice })).status).toBe(200);
  expect((await other.request('GET /readyz')).status).toBe(200);
  await other.stop();
});

import { walkHostileClaims, walkHostileInput } from '@latchkey/service-kit/testing/hostile-walk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { startTodoService, type TodoService } from './todo-service-double.ts';
import { accessToken, agent, alice } from './tokens.ts';

let todoService: TodoService;
let support: SupportService;
beforeAll(async () => {
  todoService = await startTodoService();
  support = await startSupportService({ todoServiceUrl: todoService.url });
});
afterAll(async () => {
  await support.stop();
  await todoService.stop();
});

test('no input of any route is an error of ours', async () => {
  const { body: document } = await support.request('GET /openapi.json');
  // Its answer has no end.
  delete document.paths['/tickets/events'];
  const { answers, faults } = await walkHostileInput({
    url: support.url,
    document,
    tokens: { agent: () => agent },
    samples: { id: await support.openTicket(alice) },
  });
  expect(faults).toEqual([]);
  for (const status of [200, 201, 400, 401, 404, 413, 415]) {
    expect(answers[status] ?? 0, `answers with status ${status}`).toBeGreaterThan(0);
  }
}, 240_000);

test('no claim of a good token is an error of ours', async () => {
  const { answers, faults } = await walkHostileClaims({
    url: support.url,
    sign: (claims) => accessToken({ claims }),
    requests: { 'GET /tickets': undefined, 'POST /tickets': { subject: 'Help', message: 'Help' } },
  });
  expect(faults).toEqual([]);
  expect(answers[200]).toBeGreaterThan(0);
  expect(answers[403]).toBeGreaterThan(0);
}, 60_000);

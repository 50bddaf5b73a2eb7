import { walkHostileClaims, walkHostileInput } from '@latchkey/service-kit/testing/hostile-walk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTodoService } from './harness.ts';

let service: Awaited<ReturnType<typeof startTodoService>>;
beforeAll(async () => {
  service = await startTodoService();
});
afterAll(() => service.stop());

test('no input of any route is an error of ours', async () => {
  const json = { title: 'Buy milk' };
  const todo = (await service.request('POST /todo', { token: service.ada, json })).body;
  const { answers, faults } = await walkHostileInput({
    url: service.url,
    document: (await service.request('GET /openapi.json')).body,
    tokens: { ada: () => service.ada },
    samples: { id: todo.id, 'DELETE /todo/{id} id': 2_147_483_647 },
  });
  expect(faults).toEqual([]);
  for (const status of [200, 201, 400, 401, 404, 413, 415]) {
    expect(answers[status] ?? 0, `answers with status ${status}`).toBeGreaterThan(0);
  }
}, 240_000);

test('no claim of a good token is an error of ours', async () => {
  const { answers, faults } = await walkHostileClaims({
    url: service.url,
    sign: (claims) => service.token({ scope: 'todo:read todo:write', claims }),
    requests: { 'GET /todo': undefined, 'POST /todo': { title: 'Buy milk' } },
  });
  expect(faults).toEqual([]);
  expect(answers[200]).toBeGreaterThan(0);
  expect(answers[403]).toBeGreaterThan(0);
}, 60_000);

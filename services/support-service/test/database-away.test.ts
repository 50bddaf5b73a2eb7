import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { alice } from './tokens.ts';

let service: SupportService;
beforeAll(async () => {
  service = await startSupportService();
  await service.dropDatabase();
});
afterAll(() => service.stop());

test.each([
  ['GET /tickets', {}],
  ['POST /tickets', { json: { subject: 's', message: 'm' } }],
  ['GET /tickets/1', {}],
  ['PATCH /tickets/1', { json: { status: 'closed' } }],
  ['GET /tickets/1/messages', {}],
  ['POST /tickets/1/messages', { json: { text: 'x' } }],
])('503 with Retry-After, never 401 or 500: %s', async (line, options) => {
  const answer = await service.request(line, { token: alice, ...options });
  expect(answer.status).toBe(503);
  expect(answer.body.code).toBe('unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  for (const leak of ['SELECT', 'prisma', 'scratch_', 'postgres', '127.0.0.1', '.ts']) {
    expect(answer.text).not.toContain(leak);
  }
});

test('not ready, but alive', async () => {
  const readiness = await service.request('GET /readyz');
  expect(readiness.status).toBe(503);
  expect(readiness.body.checks.database).not.toBe('ok');
  expect((await service.request('GET /healthz')).status).toBe(200);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTodoService } from './harness.ts';

let service: Awaited<ReturnType<typeof startTodoService>>;
beforeAll(async () => {
  service = await startTodoService();
});
afterAll(() => service.stop());

describe('with its database away', () => {
  it('answers 503 with Retry-After, says why at /readyz, and recovers by itself', async () => {
    await service.scratch.suspend();
    const answer = await service.request('GET /todo', { token: service.ada });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.body.code).toBe('unavailable');
    expect(answer.text).not.toMatch(/select|prisma|connect/i);

    const ready = await service.request('GET /readyz');
    expect(ready.status).toBe(503);
    expect(ready.body.checks.database).toBe('failing');
    expect((await service.request('GET /healthz')).status).toBe(200);

    await service.scratch.resume();
    expect((await service.request('GET /todo', { token: service.ada })).status).toBe(200);
    expect((await service.request('GET /readyz')).status).toBe(200);
  });
});

describe('while it drains', () => {
  it('says so, closes connections, and still answers', async () => {
    service.health.drain();
    const ready = await service.request('GET /readyz');
    expect(ready.status).toBe(503);
    expect(ready.body.checks.process).toBe('draining');
    const answer = await service.request('GET /todo');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('connection')).toBe('close');
  });
});

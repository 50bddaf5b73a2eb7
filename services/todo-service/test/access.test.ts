import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTodoService } from './harness.ts';

let service: Awaited<ReturnType<typeof startTodoService>>;
beforeAll(async () => {
  service = await startTodoService();
});
afterAll(() => service.stop());

const whole = { title: 'Buy milk' };
const operations = [
  { line: 'GET /todo', scope: 'todo:read', options: {} },
  { line: 'POST /todo', scope: 'todo:write', options: { json: whole } },
  { line: 'GET /todo/1', scope: 'todo:read', options: {} },
  { line: 'PUT /todo/1', scope: 'todo:write', options: { json: whole } },
  { line: 'PATCH /todo/1', scope: 'todo:write', options: { json: { done: true } } },
  { line: 'DELETE /todo/1', scope: 'todo:write', options: {} },
];

describe.each(operations)('$line', ({ line, scope, options }) => {
  it('401 without a token: a challenge with no error code', async () => {
    const answer = await service.request(line, options);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 401, detail: 'Not authenticated' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"/);
    expect(answer.headers.get('www-authenticate')).not.toContain('error=');
  });

  it('401 with an expired token', async () => {
    const token = service.token({ scope, expiresIn: -3600 });
    const answer = await service.request(line, { ...options, token });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ status: 401, detail: 'Could not validate user.' });
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.text).not.toContain(token);
    expect(answer.text).not.toContain('ada');
  });

  it('401 with a token for another service', async () => {
    const token = service.token({ scope, claims: { aud: ['support-service'] } });
    expect((await service.request(line, { ...options, token })).status).toBe(401);
  });

  it('403 with a token that lacks the scope, naming it', async () => {
    const other = scope === 'todo:read' ? 'todo:write' : 'todo:read';
    const token = service.token({ scope: other });
    const answer = await service.request(line, { ...options, token });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
  });

  it('403 with a token that speaks for no person', async () => {
    const token = service.token({ scope, claims: { id: undefined } });
    const answer = await service.request(line, { ...options, token });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('person_required');
  });
});

describe('what belongs to another person', () => {
  it.each([
    { method: 'GET', options: {} },
    { method: 'PUT', options: { json: whole } },
    { method: 'PATCH', options: { json: { done: true } } },
    { method: 'DELETE', options: {} },
  ])('$method answers as for a todo that is not there', async ({ method, options }) => {
    const made = await service.request('POST /todo', { token: service.ben, json: whole });
    const foreign = await service.request(`${method} /todo/${made.body.id}`, {
      ...options,
      token: service.ada,
    });
    const absent = await service.request(`${method} /todo/999999`, {
      ...options,
      token: service.ada,
    });
    expect(foreign.status).toBe(404);
    expect(foreign.text).toBe(absent.text);
    const kept = await service.request(`GET /todo/${made.body.id}`, { token: service.ben });
    expect(kept.body).toEqual(made.body);
  });
});

import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { agent, alice, bob } from './tokens.ts';

let service: SupportService;
let id: number;
beforeAll(async () => {
  service = await startSupportService();
  id = await service.openTicket(alice, { message: 'm1' });
  const turns = [agent, alice, agent, alice];
  for (const [index, token] of turns.entries()) {
    const json = { text: `m${index + 2}` };
    await service.request(`POST /tickets/${id}/messages`, { token, json });
  }
  await service.openTicket(bob, { message: 'bob’s secret' });
});
afterAll(() => service.stop());

const list = (query: string, token = alice) =>
  service.request(`GET /tickets/${id}/messages${query}`, { token });

test('200, oldest first, with who wrote and whether as an agent', async () => {
  const answer = await list('');
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject([
    { text: 'm1', author: { username: 'alice', agent: false } },
    { text: 'm2', author: { username: 'sue', agent: true } },
    { text: 'm3', author: { username: 'alice', agent: false } },
    { text: 'm4', author: { username: 'sue', agent: true } },
    { text: 'm5', author: { username: 'alice', agent: false } },
  ]);
  expect(Object.keys(answer.body[0])).toEqual(['id', 'author', 'text', 'createdAt']);
  expect(answer.text).not.toContain('bob');
  expect((await list('', agent)).body).toEqual(answer.body);
});

test('pages by the Link header', async () => {
  const seen: string[] = [];
  let next: string | undefined = `/tickets/${id}/messages?limit=2`;
  while (next) {
    const answer = await service.request(`GET ${next}`, { token: alice });
    expect(answer.body.length).toBeLessThanOrEqual(2);
    seen.push(...answer.body.map((message: { text: string }) => message.text));
    next = nextLink(answer.headers);
  }
  expect(seen).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
});

test('404 for another person', async () => {
  const answer = await list('', bob);
  expect(answer.status).toBe(404);
  expect(answer.body.code).toBe('ticket_not_found');
  expect(answer.text).not.toContain('m1');
});

test.each([
  ['limit', '?limit=999'],
  ['cursor', '?cursor=e30'],
  ['cursor', `?cursor=${Buffer.from('[99999999999,99999999999]').toString('base64url')}`],
])('400 that names %s', async (field, query) => {
  const answer = await list(query);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([expect.objectContaining({ in: 'query', field })]);
});

describe('refusals', () => {
  testRefusals(() => service, {
    line: 'GET /tickets/1/messages',
    scope: 'tickets:read',
  });
});

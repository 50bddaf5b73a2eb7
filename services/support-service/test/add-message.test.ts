import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { accessToken, agent, alice, bob } from './tokens.ts';

let service: SupportService;
let id: number;
beforeAll(async () => {
  service = await startSupportService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  id = await service.openTicket(alice);
});

const add = (token: string, json: unknown) =>
  service.request(`POST /tickets/${id}/messages`, { token, json });
const read = async () => (await service.request(`GET /tickets/${id}`, { token: alice })).body;
const messageCount = () => service.db.message.count({ where: { ticketId: id } });

test('201: an agent’s message makes it answered, the owner’s makes it open', async () => {
  const answer = await add(agent, { text: 'Try again.' });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.any(Number),
    author: { username: 'sue', agent: true },
    text: 'Try again.',
    createdAt: expect.stringMatching(/Z$/),
  });
  expect(await read()).toMatchObject({
    status: 'answered',
    updatedBy: { username: 'sue', agent: true },
  });
  expect((await add(alice, { text: 'No.' })).body.author).toEqual({
    username: 'alice',
    agent: false,
  });
  expect(await read()).toMatchObject({
    status: 'open',
    updatedBy: { username: 'alice', agent: false },
  });
});

test('in their own ticket an agent is a person: it stays open', async () => {
  id = await service.openTicket(agent);
  const answer = await add(agent, { text: 'One more thing.' });
  expect(answer.body.author).toEqual({ username: 'sue', agent: false });
  const ticket = await service.request(`GET /tickets/${id}`, { token: agent });
  expect(ticket.body.status).toBe('open');
});

test('an author cannot be made up', async () => {
  const forged = { author: 9, authorName: 'sue', authorAgent: true };
  const answer = await add(alice, { text: 'x', ...forged });
  expect(answer.body.author).toEqual({ username: 'alice', agent: false });
  expect((await read()).status).toBe('open');
});

test('the role admin alone does not open other people’s tickets', async () => {
  const admin = accessToken({ sub: 'root', id: 5, roles: ['admin'] });
  expect((await add(admin, { text: 'x' })).status).toBe(404);
});

test.each([
  ['the owner', alice],
  ['an agent', agent],
])('409 for %s on a closed ticket', async (_, token) => {
  await service.request(`PATCH /tickets/${id}`, { token: alice, json: { status: 'closed' } });
  const answer = await add(token, { text: 'Too late' });
  expect(answer.status).toBe(409);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body.code).toBe('ticket_closed');
  expect(await messageCount()).toBe(1);
  expect((await read()).status).toBe('closed');
});

test('404 for another person, closed or not', async () => {
  expect((await add(bob, { text: 'x' })).status).toBe(404);
  await service.request(`PATCH /tickets/${id}`, { token: alice, json: { status: 'closed' } });
  expect((await add(bob, { text: 'x' })).status).toBe(404);
  expect(await messageCount()).toBe(1);
});

test.each([{}, { text: '' }, { text: ' ' }, { text: 'a\0' }, { text: 'x'.repeat(8_001) }])(
  '400 that names text: %#',
  async (json) => {
    const answer = await add(alice, json);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([expect.objectContaining({ in: 'body', field: 'text' })]);
    expect(await messageCount()).toBe(1);
  },
);

describe('refusals', () => {
  testRefusals(() => service, {
    line: 'POST /tickets/1/messages',
    json: { text: 'x' },
    scope: 'tickets:write',
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { agent, alice, bob } from './tokens.ts';

let service: SupportService;
beforeAll(async () => {
  service = await startSupportService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.db.ticket.deleteMany();
});

const json = { subject: 'Cannot log in', message: 'It says 503.' };
const open = (token: string, ticket: unknown) =>
  service.request('POST /tickets', { token, json: ticket });

test('201 with the ticket and its first message', async () => {
  const answer = await open(alice, { ...json, subject: '  Cannot log in ' });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.any(Number),
    owner: 'alice',
    subject: 'Cannot log in',
    status: 'open',
    todo: null,
    createdAt: expect.stringMatching(/Z$/),
    updatedAt: expect.stringMatching(/Z$/),
    updatedBy: { username: 'alice', agent: false },
  });
  const location = answer.headers.get('location') ?? '';
  expect(location).toBe(`/tickets/${answer.body.id}`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect((await service.request(`GET ${location}`, { token: alice })).body).toEqual(answer.body);
  const messages = await service.request(`GET ${location}/messages`, { token: alice });
  expect(messages.body).toEqual([
    {
      id: expect.any(Number),
      author: { username: 'alice', agent: false },
      text: 'It says 503.',
      createdAt: expect.any(String),
    },
  ]);
});

test('members that only the service sets are not taken from the body', async () => {
  const forged = { id: 99, owner: 2, ownerName: 'bob', status: 'closed', updatedByAgent: true };
  const answer = await open(alice, { ...json, ...forged });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ owner: 'alice', status: 'open' });
  expect(answer.body.id).not.toBe(99);
  expect(answer.body.updatedBy).toEqual({ username: 'alice', agent: false });
  expect((await service.request('GET /tickets', { token: bob })).body).toEqual([]);
});

test('an agent’s own ticket is a person’s', async () => {
  const answer = await open(agent, json);
  expect(answer.body).toMatchObject({
    owner: 'sue',
    updatedBy: { username: 'sue', agent: false },
  });
});

test.each([
  ['subject', { message: 'm' }],
  ['subject', { subject: '   ', message: 'm' }],
  ['subject', { subject: 'x'.repeat(201), message: 'm' }],
  ['subject', { subject: 'a\0b', message: 'm' }],
  ['subject', { subject: ['a'], message: 'm' }],
  ['message', { subject: 's' }],
  ['message', { subject: 's', message: '' }],
  ['message', { subject: 's', message: 'x'.repeat(8_001) }],
  ['todoId', { subject: 's', message: 'm', todoId: '7' }],
  ['todoId', { subject: 's', message: 'm', todoId: 0 }],
  ['todoId', { subject: 's', message: 'm', todoId: 1.5 }],
  ['todoId', { subject: 's', message: 'm', todoId: 2 ** 31 }],
  ['', []],
  ['', null],
])('400 that names %j: %#', async (field, ticket) => {
  const answer = await open(alice, ticket);
  expect(answer.status).toBe(400);
  expect(answer.body.code).toBe('invalid_request');
  expect(answer.body.errors).toEqual([expect.objectContaining({ in: 'body', field })]);
  expect(await service.db.ticket.count()).toBe(0);
});

test('the longest message of four-byte characters fits', async () => {
  const message = '😀'.repeat(4_000);
  const id = await service.openTicket(alice, { message });
  const messages = await service.request(`GET /tickets/${id}/messages`, { token: alice });
  expect(messages.body[0].text).toBe(message);
});

test('415 for a body that is not JSON', async () => {
  const answer = await service.request('POST /tickets', {
    token: alice,
    json,
    headers: { 'content-type': 'text/plain' },
  });
  expect(answer.status).toBe(415);
});

describe('refusals', () => {
  testRefusals(() => service, { line: 'POST /tickets', json, scope: 'tickets:write' });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { agent, alice, bob } from './tokens.ts';

let service: SupportService;
let id: number;
beforeAll(async () => {
  service = await startSupportService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  id = await service.openTicket(alice);
});

const patch = (token: string, json: unknown) =>
  service.request(`PATCH /tickets/${id}`, { token, json });
const read = async () => (await service.request(`GET /tickets/${id}`, { token: alice })).body;

test('200: the owner closes it', async () => {
  const answer = await patch(alice, { status: 'closed' });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    status: 'closed',
    updatedBy: { username: 'alice', agent: false },
  });
  expect(await read()).toEqual(answer.body);
});

test('200: an agent closes it, and it is recorded who', async () => {
  const answer = await patch(agent, { status: 'closed' });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    status: 'closed',
    owner: 'alice',
    updatedBy: { username: 'sue', agent: true },
  });
});

test('closing again changes nothing: the first stays recorded', async () => {
  const first = await patch(agent, { status: 'closed' });
  const second = await patch(alice, { status: 'closed' });
  expect(second.status).toBe(200);
  expect(second.body).toEqual(first.body);
});

test.each([
  ['owner', alice, { username: 'alice', agent: false }],
  ['agent', agent, { username: 'sue', agent: true }],
])('200: the %s reopens it, and it takes messages again', async (_, token, updatedBy) => {
  await patch(alice, { status: 'closed' });
  const answer = await patch(token, { status: 'open' });
  expect(answer.body).toMatchObject({ status: 'open', updatedBy });
  const message = { token: alice, json: { text: 'Still broken.' } };
  expect((await service.request(`POST /tickets/${id}/messages`, message)).status).toBe(201);
});

test('404 for another person, and nothing changes', async () => {
  const answer = await service.request(`PATCH /tickets/${id}`, {
    token: bob,
    json: { status: 'closed' },
  });
  expect(answer.status).toBe(404);
  expect(answer.body.code).toBe('ticket_not_found');
  expect((await read()).status).toBe('open');
});

test.each([{}, { status: 'answered' }, { status: null }, { subject: 'x' }])(
  '400 that names status: %j',
  async (json) => {
    const answer = await patch(alice, json);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([expect.objectContaining({ in: 'body', field: 'status' })]);
  },
);

test('nothing but the status can be changed', async () => {
  const forged = { subject: 'x', owner: 2, updatedByAgent: true };
  const answer = await patch(alice, { status: 'closed', ...forged });
  expect(answer.body).toMatchObject({
    subject: 'Help',
    owner: 'alice',
    updatedBy: { agent: false },
  });
});

describe('refusals', () => {
  testRefusals(() => service, {
    line: 'PATCH /tickets/1',
    json: { status: 'closed' },
    scope: 'tickets:write',
  });
});

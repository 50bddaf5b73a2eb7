import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { accessToken, agent, alice, bob } from './tokens.ts';

let service: SupportService;
let id: number;
beforeAll(async () => {
  service = await startSupportService();
  id = await service.openTicket(alice, { subject: 'alice’s secret' });
});
afterAll(() => service.stop());

const read = (ticketId: number | string, token: string) =>
  service.request(`GET /tickets/${ticketId}`, { token });

test('200 for the owner and for an agent, the same', async () => {
  const own = await read(id, alice);
  expect(own.status).toBe(200);
  expect(own.body).toMatchObject({ id, owner: 'alice', subject: 'alice’s secret' });
  expect(Object.keys(own.body)).not.toContain('ownerName');
  expect((await read(id, agent)).body).toEqual(own.body);
});

test('403, not 500, for a person whose id no row can have', async () => {
  const token = accessToken({ id: 2 ** 31 });
  expect((await read(id, token)).status).toBe(403);
});

test('404 for another person’s, word for word as for an absent one', async () => {
  const theirs = await read(id, bob);
  const absent = await read(id + 1_000, bob);
  expect(theirs.status).toBe(404);
  expect(theirs.body).toMatchObject({ code: 'ticket_not_found', detail: 'Ticket not found.' });
  expect(theirs.text).toBe(absent.text);
});

test.each(['0', '-1', 'abc', '1.5', '2147483648', '1%00'])('400 for the id %s', async (bad) => {
  const answer = await read(bad, alice);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([expect.objectContaining({ in: 'path', field: 'id' })]);
});

describe('refusals', () => {
  testRefusals(() => service, { line: 'GET /tickets/1', scope: 'tickets:read' });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { agent, alice } from './tokens.ts';

let service: SupportService;
beforeAll(async () => {
  service = await startSupportService();
});
afterAll(() => service.stop());

const add = (id: number, token: string, text: string) =>
  service.request(`POST /tickets/${id}/messages`, { token, json: { text } });
const setStatus = (id: number, token: string, status: string) =>
  service.request(`PATCH /tickets/${id}`, { token, json: { status } });
const read = async (id: number) =>
  (await service.request(`GET /tickets/${id}`, { token: alice })).body;
const messages = (id: number) =>
  service.db.message.findMany({ where: { ticketId: id }, orderBy: { id: 'asc' } });

test('many messages at once: none is lost, and the last decides the status', async () => {
  for (let round = 0; round < 8; round++) {
    const id = await service.openTicket(alice);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => add(id, i % 2 ? agent : alice, `m${i}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    const rows = await messages(id);
    expect(rows).toHaveLength(13);
    const last = rows.at(-1);
    expect(await read(id)).toMatchObject({
      status: last?.authorAgent ? 'answered' : 'open',
      updatedBy: { username: last?.authorName, agent: last?.authorAgent },
    });
  }
});

test('a closing among messages: those after it are refused, those before are kept', async () => {
  let refused = 0;
  for (let round = 0; round < 12; round++) {
    const id = await service.openTicket(alice);
    const [closing, ...answers] = await Promise.all([
      setStatus(id, agent, 'closed'),
      ...Array.from({ length: 6 }, (_, i) => add(id, i % 2 ? agent : alice, `m${i}`)),
    ]);
    expect(closing.status).toBe(200);
    const told = answers.map(({ status }) => status);
    expect(told.every((status) => status === 201 || status === 409)).toBe(true);
    refused += told.filter((status) => status === 409).length;
    const rows = await messages(id);
    expect(rows).toHaveLength(1 + told.filter((status) => status === 201).length);
    expect(await read(id)).toMatchObject({
      status: 'closed',
      updatedBy: { username: 'sue', agent: true },
    });
  }
  expect(refused).toBeGreaterThan(0);
});

test('two closings at once: one is recorded, both are told the same', async () => {
  for (let round = 0; round < 8; round++) {
    const id = await service.openTicket(alice);
    const [one, two] = await Promise.all([
      setStatus(id, alice, 'closed'),
      setStatus(id, agent, 'closed'),
    ]);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(one.body).toEqual(two.body);
  }
});

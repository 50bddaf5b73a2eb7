import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { agent, alice, bob } from './tokens.ts';

let service: SupportService;
const ids = { alice: [] as number[], bob: 0 };
beforeAll(async () => {
  service = await startSupportService();
  for (const subject of ['one', 'two', 'three', 'four', 'five']) {
    ids.alice.push(await service.openTicket(alice, { subject }));
  }
  ids.bob = await service.openTicket(bob, { subject: 'bob’s secret' });
  const [one, two] = ids.alice;
  await service.request(`PATCH /tickets/${one}`, { token: alice, json: { status: 'closed' } });
  await service.request(`POST /tickets/${two}/messages`, { token: agent, json: { text: 'Yes.' } });
});
afterAll(() => service.stop());

const list = (query: string, token = alice) => service.request(`GET /tickets${query}`, { token });
const subjects = (answer: { body: { subject: string }[] }) => answer.body.map((t) => t.subject);

test('200 with one’s own, newest first, as a plain array', async () => {
  const answer = await list('');
  expect(answer.status).toBe(200);
  expect(subjects(answer)).toEqual(['five', 'four', 'three', 'two', 'one']);
  expect(answer.text).not.toContain('bob');
  expect(answer.headers.get('link')).toBeNull();
});

test('an agent sees everybody’s', async () => {
  const answer = await list('', agent);
  expect(subjects(answer)[0]).toBe('bob’s secret');
  expect(answer.body).toHaveLength(6);
});

test.each([
  ['?status=open', ['five', 'four', 'three']],
  ['?status=answered', ['two']],
  ['?status=closed', ['one']],
  ['?sort=id', ['one', 'two', 'three', 'four', 'five']],
  ['?owner=alice&status=closed', ['one']],
  ['?owner=bob', []],
  ['?sort=updatedAt', ['three', 'four', 'five', 'one', 'two']],
  ['?sort=updatedAt&status=open', ['three', 'four', 'five']],
])('filter and sort: %s', async (query, expected) => {
  expect(subjects(await list(query))).toEqual(expected);
});

test('an agent may filter by owner', async () => {
  expect(subjects(await list('?owner=bob', agent))).toEqual(['bob’s secret']);
  expect(subjects(await list('?owner=nobody', agent))).toEqual([]);
  expect(await list('?owner=alice&status=open', agent)).toMatchObject({
    body: [{ owner: 'alice' }, { owner: 'alice' }, { owner: 'alice' }],
  });
});

test.each(['-id', 'id', '-updatedAt', 'updatedAt'])(
  'pages by the Link header, filters kept, sort=%s',
  async (sort) => {
    const seen: string[] = [];
    const sizes: number[] = [];
    let next: string | undefined = `/tickets?limit=2&owner=alice&sort=${sort}`;
    while (next) {
      const answer = await service.request(`GET ${next}`, { token: agent });
      expect(answer.status).toBe(200);
      seen.push(...subjects(answer));
      sizes.push(answer.body.length);
      next = nextLink(answer.headers);
    }
    const oldestFirst = sort.endsWith('id')
      ? ['one', 'two', 'three', 'four', 'five']
      : ['three', 'four', 'five', 'one', 'two'];
    expect(seen).toEqual(sort.startsWith('-') ? oldestFirst.toReversed() : oldestFirst);
    expect(sizes).toEqual([2, 2, 1]);
  },
);

test('pages through tickets that changed at the same time', async () => {
  await service.db.ticket.updateMany({
    where: { ownerName: 'alice' },
    data: { updatedAt: new Date('2026-01-01T00:00:00.000Z') },
  });
  const seen: string[] = [];
  let next: string | undefined = '/tickets?limit=2&sort=-updatedAt';
  while (next) {
    const answer = await service.request(`GET ${next}`, { token: alice });
    seen.push(...subjects(answer));
    next = nextLink(answer.headers);
  }
  expect(seen).toEqual(['five', 'four', 'three', 'two', 'one']);
});

test('a cursor of another person’s list shows nothing of theirs', async () => {
  const { headers } = await list('?limit=1', agent);
  const answer = await service.request(`GET ${nextLink(headers)}`, { token: alice });
  expect(answer.status).toBe(200);
  expect(answer.text).not.toContain('bob');
});

test.each([
  ['limit', '?limit=0'],
  ['limit', '?limit=201'],
  ['limit', '?limit=x'],
  ['cursor', '?cursor=zzz'],
  ['cursor', `?cursor=${Buffer.from('["1 OR 1=1",1]').toString('base64url')}`],
  ['cursor', `?cursor=${Buffer.from('[99999999999,99999999999]').toString('base64url')}`],
  ['status', '?status=lost'],
  ['cursor', `?sort=updatedAt&cursor=${Buffer.from('[1,1]').toString('base64url')}`],
  ['sort', '?sort=owner'],
  ['owner', '?owner='],
  ['owner', '?owner=%00'],
  ['status', '?status=open&status=closed'],
])('400 that names %s: %s', async (field, query) => {
  const answer = await list(query);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([expect.objectContaining({ in: 'query', field })]);
});

describe('refusals', () => {
  testRefusals(() => service, { line: 'GET /tickets', scope: 'tickets:read' });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

const login = async (username: string) => (await auth.login(username)).body;
const canRefresh = async (refresh_token: string) =>
  (await auth.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } }))
    .status === 200;
const list = async (token: string) => (await auth.request('GET /sessions', { token })).body;

test('list 200: device, address and times; which one asks', async () => {
  await login('wangerge');
  const mine = await login('wangerge');
  const sessions = await list(mine.access_token);
  expect(sessions).toHaveLength(2);
  expect(sessions[0]).toEqual({
    id: expect.any(String),
    client_id: 'latchkey-web',
    client_name: 'Latchkey',
    device: 'node',
    address: '127.0.0.1',
    createdAt: expect.any(String),
    lastUsedAt: expect.any(String),
    expiresAt: expect.any(String),
    current: true,
  });
  expect(sessions[1].current).toBe(false);
});

test("end one 204; another person's, an ended and an unknown one are 404", async () => {
  const other = await login('agent');
  const mine = await login('wangerge');
  const [{ id: theirs }] = await list(other.access_token);
  const [{ id }] = await list(mine.access_token);
  const end = async (session: string) =>
    (await auth.request(`DELETE /sessions/${session}`, { token: mine.access_token })).status;
  expect(await end(theirs)).toBe(404);
  expect(await canRefresh(other.refresh_token)).toBe(true);
  const ended = await login('wangerge');
  const [{ id: second }] = await list(ended.access_token);
  expect(await end(second)).toBe(204);
  expect(await canRefresh(ended.refresh_token)).toBe(false);
  expect(await end(second)).toBe(404);
  expect(await end('3d9c2f1e-8f62-4f3c-9d53-1a8cf8a3a111')).toBe(404);
  expect(await end('not-an-id')).toBe(400);
  expect(await end(id)).toBe(204);
  expect(await canRefresh(mine.refresh_token)).toBe(false);
  expect(await end(id)).toBe(401);
});

test('end all 204, with or without the one that asks', async () => {
  const first = await login('wangerge');
  const second = await login('wangerge');
  const { access_token: token } = second;
  expect((await auth.request('DELETE /sessions?keep=current', { token })).status).toBe(204);
  expect(await canRefresh(first.refresh_token)).toBe(false);
  expect(await list(token)).toHaveLength(1);
  expect((await auth.request('DELETE /sessions', { token })).status).toBe(204);
  expect((await auth.request('GET /sessions', { token })).status).toBe(401);
  expect(await list((await login('wangerge')).access_token)).toHaveLength(1);
});

test('401 and 403', async () => {
  expect((await auth.request('GET /sessions')).status).toBe(401);
  const { body } = await auth.login('wangerge', { scope: 'account:read' });
  const refused = await auth.request('DELETE /sessions', { token: body.access_token });
  expect(refused.status).toBe(403);
});

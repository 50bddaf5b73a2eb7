import { once } from 'node:events';
import { startTestIssuer, type TestIssuer } from '@latchkey/jwt-verify/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningExample, startExample } from './running-example.ts';

let issuer: TestIssuer;
let example: RunningExample;
beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'todo-service' });
  example = await startExample('websocket', { ISSUER: issuer.issuer });
});
afterAll(() => issuer.close());

const mint = (lifetimeSeconds = 60, scope = 'todo:read') =>
  issuer.mint({ claims: { scope }, lifetimeSeconds });
const connect = (...protocols: string[]) =>
  new WebSocket(example.url.replace('http', 'ws'), protocols);

test('a good token: messages, and no token in the answer', async () => {
  const socket = connect('echo.v1', `bearer.${mint()}`);
  await once(socket, 'open');
  expect(socket.protocol).toBe('echo.v1');
  socket.send('hello');
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('test-user: hello');
  socket.close();
});

test.each([
  ['no token', (): string[] => [], 401],
  ['a bad one', () => ['bearer.x.y.z'], 401],
  ['too little scope', () => [`bearer.${mint(60, 'other')}`], 403],
])('%s: refused before the connection', async (_case, protocols, status) => {
  const socket = connect('echo.v1', ...protocols());
  const [, response] = await once(socket, 'unexpected-response');
  expect(response.statusCode).toBe(status);
  expect(response.headers['www-authenticate']).toMatch(/^Bearer realm="todo-service"/);
  socket.on('error', () => {});
  socket.terminate();
});

test('the connection ends with its token', async () => {
  const socket = connect('echo.v1', `bearer.${mint(2)}`);
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([4401, 'token expired']);
});

test('stops when it is told to, with a client connected', async () => {
  const socket = connect('echo.v1', `bearer.${mint()}`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  expect(await example.stop()).toBe(0);
  expect((await closed)[0]).toBe(1001);
});

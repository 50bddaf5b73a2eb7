import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { signInDemoPerson } from '../src/joining/demo.ts';

let server: Server;
afterEach(() => server.close());

/** An issuer and a service in one, which answers as told and keeps what it was asked. */
async function start(answers: Record<string, [status: number, body: object]>) {
  const asked: { line: string; authorization: string | undefined; body: string }[] = [];
  server = createServer(async (req: IncomingMessage, res) => {
    const line = `${req.method} ${req.url}`;
    asked.push({ line, authorization: req.headers.authorization, body: await text(req) });
    const [status, body] = answers[line] ?? [404, {}];
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('signs in by the form, and asks with the token', async () => {
  const { asked, url } = await start({
    'POST /token': [200, { access_token: 'abc' }],
    'GET /todo': [200, [1]],
    'POST /todo': [201, { id: 1 }],
  });
  const person = await signInDemoPerson(url, 'wangerge');
  expect(await person?.get(`${url}/todo`)).toEqual([1]);
  expect(await person?.post(`${url}/todo`, { title: 'x' })).toEqual({ id: 1 });
  expect(asked).toMatchObject([
    { body: 'username=wangerge&password=test1234' },
    { authorization: 'Bearer abc' },
    { authorization: 'Bearer abc', body: '{"title":"x"}' },
  ]);
});

test.each([400, 401])('nobody when the login is refused with %d', async (status) => {
  const { url } = await start({ 'POST /token': [status, { error: 'invalid_grant' }] });
  expect(await signInDemoPerson(url, 'wangerge')).toBeUndefined();
});

test('throws when the issuer or a service fails', async () => {
  const busy = await start({ 'POST /token': [503, { detail: 'busy' }] });
  await expect(signInDemoPerson(busy.url, 'wangerge')).rejects.toThrow('/token answered 503');
  server.close();
  const { url } = await start({ 'POST /token': [200, { access_token: 'abc' }] });
  const person = await signInDemoPerson(url, 'wangerge');
  await expect(person?.get(`${url}/todo`)).rejects.toThrow('/todo answered 404');
});

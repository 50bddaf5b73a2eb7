import { text } from 'node:stream/consumers';
import { TokenError } from '@latchkey/jwt-verify';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { callService } from '../src/calling/called-service.ts';
import { ExchangeRefused, type ExchangeToken } from '../src/calling/token-exchange.ts';
import { contextFrom } from '../src/http/request-context.ts';
import { listenOnLoopback, testIssuer } from '../testing/harness.ts';

const issuer = await testIssuer('bill-service');
const person = await issuer.verifier.verify(await issuer.token());
const asker = { auth: person, context: contextFrom({}) };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function calling(exchangeToken?: ExchangeToken) {
  const tokens: (string | undefined)[] = [];
  const sent: string[] = [];
  const { url, close } = await listenOnLoopback(async (req, res) => {
    tokens.push(req.headers.authorization);
    sent.push(`${req.method} ${req.headers['content-type']} ${await text(req)}`);
    res.statusCode = req.method === 'POST' ? 201 : 200;
    res.end('{"title":"Buy milk","secret":1}');
  });
  const todoService = callService({
    service: 'todo-service',
    scope: 'todo:read',
    baseUrl: url,
    challenge: issuer.verifier.challenge,
    exchangeToken,
  });
  closing.push(todoService.close, close);
  const titled = z.object({ title: z.string() });
  const read = () => todoService.get(asker, '/todo/7', titled);
  const write = () => todoService.post(asker, '/todo', { title: 'Buy milk' }, titled);
  return { tokens, sent, read, write };
}

it('asks with a token exchanged for it, and gives only what the schema names', async () => {
  const { tokens, read } = await calling(async () => 'exchanged');
  expect(await read()).toEqual({ title: 'Buy milk' });
  expect(tokens).toEqual(['Bearer exchanged']);
});

it('sends JSON with the exchanged token, and takes what was created', async () => {
  const { tokens, sent, write } = await calling(async () => 'exchanged');
  expect(await write()).toEqual({ title: 'Buy milk' });
  expect(tokens).toEqual(['Bearer exchanged']);
  expect(sent).toEqual(['POST application/json {"title":"Buy milk"}']);
});

it('asks with the person’s own token where none can be exchanged', async () => {
  const { tokens, read } = await calling();
  await read();
  expect(tokens).toEqual([`Bearer ${person.token}`]);
});

it.each([
  ['invalid_scope', 'scope_insufficient', 403],
  ['invalid_grant', 'token_revoked', 401],
] as const)('an exchange refused as %s is %s', async (error, code, status) => {
  const { tokens, read } = await calling(() => Promise.reject(new ExchangeRefused(error)));
  const refusal = await read().catch((thrown: unknown) => thrown);
  expect(refusal).toBeInstanceOf(TokenError);
  expect(refusal).toMatchObject({ code, status });
  expect(tokens).toEqual([]);
});

it.each([
  ['a recent sign-in', 'max_age="300", scope="todo:write"'],
  ['a strong sign-in', 'acr_values="aal2 aal3"'],
  ['both', 'max_age="60", acr_values="aal2"'],
])('a challenge for %s is passed on', async (_name, needed) => {
  const { url, close } = await listenOnLoopback((_req, res) => {
    const error = 'error="insufficient_user_authentication"';
    res
      .writeHead(401, { 'WWW-Authenticate': `Bearer realm="todo", ${error}, ${needed}` })
      .end('{}');
  });
  const { challenge } = issuer.verifier;
  const service = { service: 'todo-service', scope: 'todo:read', baseUrl: url, challenge };
  const called = callService(service);
  closing.push(called.close, close);
  const refusal = await called.get(asker, '/todo/7', z.object({})).catch((thrown) => thrown);
  expect(refusal).toMatchObject({ code: 'authentication_insufficient', status: 401 });
  const passedOn = needed.replace(/, scope="todo:write"/, '');
  expect(refusal.headers['WWW-Authenticate']).toContain(passedOn);
  expect(refusal.headers['WWW-Authenticate']).toContain('scope="todo:read"');
});

it.each([401, 403])('any other %i is a scope that the token does not have', async (status) => {
  const { url, close } = await listenOnLoopback((_req, res) => {
    res.writeHead(status, { 'WWW-Authenticate': 'Bearer realm="todo", max_age="1"' }).end('{}');
  });
  const { challenge } = issuer.verifier;
  const called = callService({
    service: 'todo-service',
    scope: 'todo:read',
    baseUrl: url,
    challenge,
  });
  closing.push(called.close, close);
  const asked = called.get(asker, '/todo/7', z.object({}));
  await expect(asked).rejects.toMatchObject({ code: 'scope_insufficient' });
});

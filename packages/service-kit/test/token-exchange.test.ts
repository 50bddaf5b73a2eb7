import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createServiceClient } from '../src/calling/service-client.ts';
import { createTokenExchange } from '../src/calling/token-exchange.ts';
import { contextFrom } from '../src/http/request-context.ts';
import { testIssuer } from '../testing/harness.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An auth-service that breaks off its first answers, and what it was asked. */
async function exchangeAgainst(breaksOff: number) {
  const asked: URLSearchParams[] = [];
  const server = createServer(async (req, res) => {
    asked.push(new URLSearchParams(await text(req)));
    if (asked.length <= breaksOff) req.socket.resetAndDestroy();
    else res.end(JSON.stringify({ access_token: `made-${asked.length}`, expires_in: 1200 }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const authService = createServiceClient({
    service: 'auth-service',
    baseUrl: `http://127.0.0.1:${port}`,
  });
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = await exportJWK(privateKey);
  const issuer = await testIssuer('support-service');
  closing.push(authService.close, issuer.verifier.close, () => void server.close());
  const exchange = createTokenExchange({
    authService,
    issuer: 'https://login.example.test',
    clientId: 'support-service',
    clientKey: { ...key, kty: 'EC', alg: 'ES256', d: String(key.d) },
    audience: 'todo-service',
    scope: 'todo:read',
  });
  const person = await issuer.verifier.verify(issuer.token());
  return { asked, exchange: () => exchange(person, contextFrom({})) };
}

describe('token exchange', () => {
  it('asks once for a person, and keeps the answer', async () => {
    const { asked, exchange } = await exchangeAgainst(0);
    expect(await Promise.all([await exchange(), await exchange()])).toEqual(['made-1', 'made-1']);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.get('audience')).toBe('todo-service');
  });

  it('asks again with a new assertion when the instance it asked stopped', async () => {
    const { asked, exchange } = await exchangeAgainst(1);
    expect(await exchange()).toBe('made-2');
    const assertions = asked.map((form) => form.get('client_assertion'));
    expect(new Set(assertions).size).toBe(2);
  });

  it('gives up after that, naming auth-service', async () => {
    const { asked, exchange } = await exchangeAgainst(9);
    await expect(exchange()).rejects.toThrow('auth-service: unreachable');
    expect(asked).toHaveLength(2);
  });
});

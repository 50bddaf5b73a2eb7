import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { vi } from 'vitest';
import { type AuthService, ISSUER } from './harness.ts';

/** A client's server that waits for logout tokens, and answers as it is told to. */
export async function startReceiver(
  id: string,
  answer: (res: ServerResponse) => unknown = (res) => res.end(),
) {
  const tokens: string[] = [];
  const paths: string[] = [];
  const server = createServer(async (req, res) => {
    paths.push(req.url ?? '');
    let text = '';
    for await (const chunk of req) text += chunk;
    tokens.push(new URLSearchParams(text).get('logout_token') ?? '');
    receiver.answer(res);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const receiver = {
    id,
    uri: `http://127.0.0.1:${port}/backchannel`,
    answer,
    tokens,
    paths,
    /** The sessions that it was told of. */
    sessions: () => tokens.map((token) => decodeJwt(token).sid as string),
    received: (count: number, timeout = 1_000) =>
      vi.waitUntil(() => tokens.length >= count, { timeout, interval: 10 }),
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
  return receiver;
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

export const verifyLogoutToken = async (
  auth: Pick<AuthService, 'request'>,
  token: string,
  audience: string,
) => {
  const { body } = await auth.request('GET /.well-known/jwks.json');
  const expected = { issuer: ISSUER, audience, typ: 'logout+jwt' };
  return jwtVerify(token, createLocalJWKSet(body), expected);
};

/** A first-party client with all that a test may use. */
export const addReceiver = (
  { store }: Pick<AuthService, 'store'>,
  { id, uri }: Pick<Receiver, 'id' | 'uri'>,
) =>
  store.clients.create({
    id,
    name: id,
    authentication: 'none',
    secretHash: null,
    jwks: undefined,
    grantTypes: ['password', 'authorization_code', 'refresh_token'],
    scopes: [],
    firstParty: true,
    redirectUris: ['https://app.example/callback'],
    backchannelLogoutUri: uri,
  });

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { ISSUER, mint, NOW_SECONDS, type SigningKey } from './tokens.ts';

export const uriOf = (id: string | number): string => `${ISSUER}/status-lists/${id}`;

export const statusOf = (idx: unknown, uri: unknown = uriOf(1)) => ({
  status: { status_list: { idx, uri } },
});

export const packed = (bytes: Uint8Array): string => deflateSync(bytes).toString('base64url');

/** The claims of a list of 64 indices, of which the second is revoked. */
export const listClaims = (overrides: Record<string, unknown> = {}, id: string | number = 1) => ({
  iss: ISSUER,
  sub: uriOf(id),
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 86_400,
  ttl: 30,
  seq: 1,
  status_list: { bits: 1, lst: packed(Uint8Array.of(0b10, 0, 0, 0, 0, 0, 0, 0)) },
  ...overrides,
});

export const listHeader = (key: SigningKey, overrides: Record<string, unknown> = {}) => ({
  alg: key.algorithm,
  typ: 'statuslist+jwt',
  kid: key.kid,
  ...overrides,
});

export const listToken = (key: SigningKey, claims: Record<string, unknown> = listClaims()) =>
  mint(key, claims, listHeader(key));

/** A server of given lists, each as text, and of a stream that says just what a test writes. */
export const startListServer = async (lists: Record<string, string>, state: object) => {
  const requests: string[] = [];
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    if (pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      streams.add(response);
      write('state', JSON.stringify({ lists: state }));
      return;
    }
    const text = lists[pathname.slice(1)];
    if (text === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', 'application/statuslist+jwt').end(text);
  });
  const write = (event: string, data: string) => {
    for (const stream of streams) stream.write(`event: ${event}\ndata: ${data}\n\n`);
  };
  const heartbeat = setInterval(() => write('state', JSON.stringify({ lists: state })), 1000);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    write,
    close: () => {
      clearInterval(heartbeat);
      server.closeAllConnections();
      server.close();
    },
  };
};

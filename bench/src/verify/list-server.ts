import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { importJWK, SignJWT } from 'jose';
import { type BenchTokens, ISSUER } from './bench-tokens.ts';

const LIST_INDICES = 2 ** 17;
const STATE_MS = 1000;

/** A list of which every hundredth index beyond the bench's own tokens is revoked. */
const signedList = async (id: number, { algorithm, privateJwk }: BenchTokens): Promise<string> => {
  const bytes = new Uint8Array(LIST_INDICES / 8);
  for (let index = 10_000; index < LIST_INDICES; index += 100) {
    bytes[index >>> 3] = (bytes[index >>> 3] as number) | (1 << (index & 7));
  }
  const lst = deflateSync(bytes, { level: 6 }).toString('base64url');
  return new SignJWT({ ttl: 30, seq: 1, status_list: { bits: 1, lst } })
    .setProtectedHeader({ alg: algorithm, typ: 'statuslist+jwt', kid: 'key-1' })
    .setIssuer(ISSUER)
    .setSubject(`${ISSUER}/status-lists/${id}`)
    .setIssuedAt()
    .setExpirationTime('1d')
    .sign(await importJWK(privateJwk, algorithm));
};

export interface ListServer {
  readonly url: string;
  readonly close: () => void;
}

/** Publishes the status lists that the bench's tokens are in, and says each second that they are whole. */
export const startListServer = async (set: BenchTokens, lists = 1): Promise<ListServer> => {
  const ids = Array.from({ length: lists }, (_, at) => at + 1);
  const texts = await Promise.all(ids.map((id) => signedList(id, set)));
  const state = JSON.stringify({ lists: Object.fromEntries(ids.map((id) => [id, 1])) });
  const server = createServer((request, response) => {
    if (request.url !== '/events') {
      response.end(texts[Number(request.url?.slice(1)) - 1]);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = () => response.write(`event: state\ndata: ${state}\n\n`);
    write();
    const timer = setInterval(write, STATE_MS);
    response.once('close', () => clearInterval(timer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

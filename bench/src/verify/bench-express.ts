import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { median } from '../interleave.ts';
import { getWithToken, Load } from '../load.ts';
import { benchTokens } from './bench-tokens.ts';

const ROUTES = [
  'bare',
  'jwt-verify',
  'hand-made-floor',
  'fast-jwt-cache',
  'jose-hand-made-cache',
  'express-jwt',
  'express-oauth2-jwt-bearer',
] as const;
type Route = (typeof ROUTES)[number];

export interface RouteResult {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Its rate over the bare route's just before and after: the median over the rounds. */
  readonly ofBare: number;
  /** CPU time of the server for one request, in µs: steadier than the rate on a busy machine. */
  readonly cpuUs: number;
  readonly cpuOfBare: number;
}

interface Slice {
  readonly rate: number;
  readonly cpuUs: number;
}

/** Requests per second of each guarded route against the bare one, in turn, on one server. */
export const benchExpress = async (rounds: number, sliceMs: number): Promise<RouteResult[]> => {
  const { tokens, jwk, pem } = await benchTokens('ES256', 1000);
  const keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const keysUrl = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`;
  const file = `${import.meta.dirname}/express-server.ts`;
  const env = { ...process.env, NODE_ENV: 'production' };
  const server = fork(file, [JSON.stringify({ jwk, pem }), keysUrl], { env });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const load = await Load.open(port);
    const requests = new Map(
      ROUTES.map((name) => [name, tokens.map((token) => getWithToken(`/${name}`, token))]),
    );
    const cpuOf = async (): Promise<number> => {
      server.send('cpu');
      return ((await once(server, 'message')) as [number])[0];
    };
    const slice = async (name: Route): Promise<Slice> => {
      const before = await cpuOf();
      const { count, seconds } = await load.run(requests.get(name) ?? [], sliceMs);
      return { rate: count / seconds, cpuUs: ((await cpuOf()) - before) / count };
    };
    const results = new Map<string, { own: Slice; bare: Slice }[]>();
    for (const name of ROUTES) await load.run(requests.get(name) ?? [], sliceMs * 3);
    for (let round = 0; round < rounds; round++) {
      let before = await slice('bare');
      for (const name of ROUTES) {
        const own = await slice(name);
        const after = await slice('bare');
        const bare = {
          rate: (before.rate + after.rate) / 2,
          cpuUs: (before.cpuUs + after.cpuUs) / 2,
        };
        results.set(name, [...(results.get(name) ?? []), { own, bare }]);
        before = after;
      }
    }
    load.close();
    return ROUTES.map((name) => {
      const all = results.get(name) ?? [];
      return {
        name,
        requestsPerSecond: Math.round(median(all.map(({ own }) => own.rate))),
        ofBare: median(all.map(({ own, bare }) => own.rate / bare.rate)),
        cpuUs: median(all.map(({ own }) => own.cpuUs)),
        cpuOfBare: median(all.map(({ own, bare }) => bare.cpuUs / own.cpuUs)),
      };
    });
  } finally {
    server.disconnect();
    keys.close();
  }
};

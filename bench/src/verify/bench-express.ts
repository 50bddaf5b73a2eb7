import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { benchTokens } from './bench-tokens.ts';
import { Load } from './load.ts';

const ROUTES = [
  'bare',
  'jwt-verify',
  'hand-made-floor',
  'fast-jwt-cache',
  'jose-hand-made-cache',
  'express-jwt',
  'express-oauth2-jwt-bearer',
] as const;

export interface RouteResult {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** The median over the rounds of its rate divided by the bare route's just before and after. */
  readonly ofBare: number;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

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
    const load = await Load.open(port, tokens);
    const rates = new Map<string, number[]>(ROUTES.map((name) => [name, []]));
    const shares = new Map<string, number[]>(ROUTES.map((name) => [name, []]));
    for (const name of ROUTES) await load.run(`/${name}`, sliceMs * 2);
    for (let round = 0; round < rounds; round++) {
      let before = await load.run('/bare', sliceMs);
      for (const name of ROUTES.slice(1)) {
        const rate = await load.run(`/${name}`, sliceMs);
        const after = await load.run('/bare', sliceMs);
        rates.get(name)?.push(rate);
        rates.get('bare')?.push(after);
        shares.get(name)?.push(rate / ((before + after) / 2));
        before = after;
      }
    }
    load.close();
    return ROUTES.map((name) => ({
      name,
      requestsPerSecond: Math.round(median(rates.get(name) ?? [])),
      ofBare: name === 'bare' ? 1 : median(shares.get(name) ?? []),
    }));
  } finally {
    server.disconnect();
    keys.close();
  }
};

import { type Contender, interleave, type Measurement } from '../interleave.ts';
import { type Machine, machine, publish } from '../results.ts';
import { benchExpress, type RouteResult } from './bench-express.ts';
import { ALGORITHMS, type BenchAlgorithm, type BenchTokens, benchTokens } from './bench-tokens.ts';
import {
  awsJwtVerify,
  bareCrypto,
  bareDer,
  fastJwt,
  jose,
  jsonWebToken,
  ours,
  oursWithRevocation,
} from './contenders.ts';
import { toDer } from './der.ts';
import { startListServer } from './list-server.ts';

interface Report extends Machine {
  readonly uncached: Partial<Record<BenchAlgorithm, Measurement[]>>;
  readonly cached: Measurement[];
  /** Each beside the same without revocation. */
  readonly revocation: { readonly uncached: Measurement[]; readonly cached: Measurement[] };
  readonly express: RouteResult[];
}

const uncachedContenders = async (set: BenchTokens): Promise<Contender[]> => {
  const { algorithm } = set;
  return [
    ours(set, false),
    bareCrypto(set),
    ...(algorithm === 'ES256' ? [bareDer(set, toDer)] : []),
    ...(await jose(set)),
    fastJwt(set, false),
    ...(algorithm === 'EdDSA' ? [] : [jsonWebToken(set)]),
    ...(algorithm === 'HS256' || algorithm === 'PS256' ? [] : [awsJwtVerify(set)]),
  ];
};

/** Measure, print and write bench/results/verify.{json,md}; `short` fits in a minute. */
export const benchVerify = async (short: boolean): Promise<void> => {
  const uncached: Report['uncached'] = {};
  for (const algorithm of ALGORITHMS) {
    const set = await benchTokens(algorithm, 200);
    const options = { rounds: short ? 21 : 101, calls: algorithm === 'HS256' ? 400 : 100 };
    uncached[algorithm] = await interleave(await uncachedContenders(set), options);
  }
  const set = await benchTokens('ES256', 1000);
  const cached = await interleave([ours(set, true), fastJwt(set, true)], {
    rounds: short ? 41 : 201,
    calls: 2000,
  });
  const revocation = await benchRevocation(set, short);
  const express = await benchExpress(short ? 7 : 25, short ? 150 : 250);
  const report: Report = {
    ...machine(),
    uncached,
    cached,
    revocation,
    express,
  };
  publish('verify', report, toMarkdown(report), short);
};

const benchRevocation = async (set: BenchTokens, short: boolean): Promise<Report['revocation']> => {
  const server = await startListServer(set);
  const pair = async (cache: boolean, calls: number) =>
    interleave([ours(set, cache), await oursWithRevocation(set, cache, server.url)], {
      rounds: short ? 41 : 201,
      calls,
    });
  const uncached = await pair(false, 100);
  const cached = await pair(true, 2000);
  server.close();
  return { uncached, cached };
};

const table = (rows: readonly Measurement[]): string => {
  const own = rows[0]?.medianUs ?? Number.NaN;
  const lines = rows.map(
    ({ name, medianUs, cpuUs }) =>
      `| ${name} | ${medianUs.toFixed(2)} | ${(medianUs / own).toFixed(2)} | ${cpuUs.toFixed(2)} |`,
  );
  const head = ['| | µs a token | times jwt-verify | CPU µs |', '| --- | ---: | ---: | ---: |'];
  return [...head, ...lines].join('\n');
};

const toMarkdown = (report: Report): string => {
  const { node, cpu, date, uncached, cached, revocation, express } = report;
  const algorithms = Object.entries(uncached).map(
    ([name, rows]) => `### ${name}\n\n${table(rows)}`,
  );
  const routes = express.map(
    ({ name, requestsPerSecond, ofBare, cpuUs, cpuOfBare }) =>
      `| ${name} | ${requestsPerSecond} | ${ofBare.toFixed(3)} | ${cpuUs.toFixed(1)} | ${cpuOfBare.toFixed(3)} |`,
  );
  return `# Checking a token

Node ${node}, ${cpu}, ${date}. Medians of interleaved rounds in one process, each token in a fresh
string. "bare node:crypto" decodes the signature and calls crypto.verify, and reads no claim. CPU is
the process's own, its thread pool included.

## Without a cache

${algorithms.join('\n\n')}

## With a cache, 1,000 tokens in turn

${table(cached)}

## With revocation: each token's bit in a list of 131,072 is looked at

### Without a cache

${table(revocation.uncached)}

### With a cache, 1,000 tokens in turn

${table(revocation.cached)}

## Express 5, 1,000 tokens in turn, a 1 kB answer

CPU is the server's own, which the load of the machine disturbs less than the rate.

| | requests/s | of bare | CPU µs a request | bare's CPU over it |
| --- | ---: | ---: | ---: | ---: |
${routes.join('\n')}
`;
};

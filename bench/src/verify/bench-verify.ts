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
} from './contenders.ts';
import { toDer } from './der.ts';

interface Report extends Machine {
  readonly uncached: Partial<Record<BenchAlgorithm, Measurement[]>>;
  readonly cached: Measurement[];
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
  const express = await benchExpress(short ? 7 : 25, short ? 150 : 250);
  const report: Report = {
    ...machine(),
    uncached,
    cached,
    express,
  };
  publish('verify', report, toMarkdown(report), short);
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

const toMarkdown = ({ node, cpu, date, uncached, cached, express }: Report): string => {
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

## Express 5, 1,000 tokens in turn, a 1 kB answer

CPU is the server's own, which the load of the machine disturbs less than the rate.

| | requests/s | of bare | CPU µs a request | bare's CPU over it |
| --- | ---: | ---: | ---: | ---: |
${routes.join('\n')}
`;
};

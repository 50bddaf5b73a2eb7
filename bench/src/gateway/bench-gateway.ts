import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../interleave.ts';
import { cpuTimeUs } from '../process-cpu.ts';
import { type Machine, machine, publish } from '../results.ts';
import { type Contestant, startGateway, startUpstream, stopAll } from './gateway-process.ts';
import { isInstalled, startPeers } from './peers.ts';

const CONNECTIONS = 32;
const WARM_UP_SECONDS = 4;

interface Slice {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

interface Result extends Slice {
  readonly name: string;
}

interface Report extends Machine {
  readonly results: readonly Result[];
  /** Peers that this machine does not have. */
  readonly skipped: readonly string[];
}

/**
 * What forwarding a request costs, in CPU and in time: this gateway, http-proxy-middleware, nginx
 * and HAProxy. One process each before one and the same upstream, in turns; `wrk` makes the load.
 * Linux only.
 */
export const benchGateway = async (short: boolean): Promise<void> => {
  if (!isInstalled('wrk')) throw new Error('this bench needs wrk: apt-get install wrk');
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  try {
    const upstream = await startUpstream();
    const gateway = { upstream, folder };
    const { peers, skipped } = await startPeers(upstream, folder);
    const contestants = [
      await startGateway({ ...gateway, name: 'gateway', logLevel: 'info' }),
      await startGateway({ ...gateway, name: 'gateway without its log', logLevel: 'warn' }),
      ...peers,
    ];
    const results = await inTurns(contestants, short ? 1 : 5, short ? 1 : 3);
    const report = { ...machine(), results, skipped };
    publish('gateway', report, toMarkdown(report), short);
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true });
  }
};

const inTurns = async (
  contestants: readonly Contestant[],
  rounds: number,
  seconds: number,
): Promise<Result[]> => {
  const slices = new Map<string, Slice[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) await measure(contestant, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      slices.get(contestant.name)?.push(await measure(contestant, seconds));
    }
  }
  return [...slices].map(([name, measured]) => ({
    name,
    cpuUs: median(measured.map(({ cpuUs }) => cpuUs)),
    perSecond: median(measured.map(({ perSecond }) => perSecond)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
  }));
};

const measure = async ({ name, port, pid }: Contestant, seconds: number): Promise<Slice> => {
  const before = cpuTimeUs(pid);
  const load = ['-t1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '--latency'];
  const wrk = spawn('wrk', [...load, `http://127.0.0.1:${port}/todo/1`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  wrk.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(wrk, 'close');
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (!requests || output.includes('Non-2xx')) throw new Error(`${name}: ${output}`);
  return {
    cpuUs: (cpuTimeUs(pid) - before) / requests,
    perSecond: requests / seconds,
    p99Ms: p99MsOf(output),
  };
};

const MS_BY_UNIT: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };

const p99MsOf = (output: string): number => {
  const [, value, unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(output) ?? [];
  return Number(value) * (MS_BY_UNIT[unit] ?? Number.NaN);
};

const toMarkdown = ({ node, cpu, date, results, skipped }: Report): string => {
  const [own] = results;
  const rows = results.map(({ name, cpuUs, perSecond, p99Ms }) => {
    const ratio = cpuUs / (own?.cpuUs ?? Number.NaN);
    return `| ${name} | ${cpuUs.toFixed(1)} | ${ratio.toFixed(2)} | ${perSecond.toFixed(0)} | ${p99Ms.toFixed(1)} |`;
  });
  const missing = skipped.map((name) => `\nNot installed here, so not measured: ${name}.\n`);
  return `# Forwarding a request

Node ${node}, ${cpu}, ${date}. A GET of a kilobyte of JSON over ${CONNECTIONS} kept-alive connections; one
process or thread each, the upstream and the load on the same machine; slices in turn, medians over
the rounds. nginx and HAProxy write an access log, as the gateway does.

| | CPU µs a request | ratio | requests a second | p99 ms |
| --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}
${missing.join('')}`;
};

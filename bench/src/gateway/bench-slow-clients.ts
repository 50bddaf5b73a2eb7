import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Machine, machine, publish } from '../results.ts';
import { startGateway, startUpstream, stopAll } from './gateway-process.ts';

const SLOW_SOCKETS = 1_024;
const OTHERS = 8;
const TRICKLE_MS = 5_000;

interface Report extends Machine {
  readonly inPeace: Measured;
  readonly besideSlow: Measured;
}

/**
 * What slow clients of one address cost those of another, in peace and beside sockets that send a
 * byte of a small body now and then. The slow ones come from 127.0.0.1, the others from 127.0.0.2:
 * Linux only.
 */
export const benchSlowClients = async (short: boolean): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  let running = true;
  try {
    const upstream = await startUpstream();
    const { port, pid } = await startGateway({
      name: 'gateway',
      upstream,
      folder,
      logLevel: 'fatal',
    });
    await measure(port, pid, 2);
    const inPeace = await measure(port, pid, short ? 2 : 5);
    for (let index = 0; index < SLOW_SOCKETS; index += 1) void stayConnected(port, () => running);
    await sleep(2_000);
    const besideSlow = await measure(port, pid, short ? 2 : 10);
    const report = { ...machine(), inPeace, besideSlow };
    publish('slow-clients', report, toMarkdown(report), short);
  } finally {
    running = false;
    await stopAll();
    rmSync(folder, { recursive: true });
  }
};

/** Holds one slow request open, and opens the next as soon as it is refused. */
async function stayConnected(port: number, running: () => boolean): Promise<void> {
  while (running()) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1' });
    socket.on('error', () => {});
    socket.on('data', () => socket.destroy());
    socket.write('POST /todo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx');
    const timer = setInterval(() => socket.write('x'), TRICKLE_MS);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    await sleep(1_000);
  }
}

interface Measured {
  readonly perSecond: number;
  readonly failed: number;
  readonly p99Ms: number;
  /** Of the gateway. */
  readonly residentMiB: number;
}

async function measure(port: number, pid: number, seconds: number): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, localAddress: '127.0.0.2', maxSockets: OTHERS });
  const until = performance.now() + seconds * 1_000;
  const times: number[] = [];
  let failed = 0;
  const ask = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      const req = request({ agent, port, path: '/todo', method: 'POST', timeout: 2_000 });
      req.on('timeout', () => req.destroy());
      req.end('{"title":"x"}');
      const status = await once(req, 'response').then(
        async ([answer]) => {
          await once(answer.resume(), 'end');
          return answer.statusCode;
        },
        () => 0,
      );
      if (status === 200) times.push(performance.now() - startedAt);
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: OTHERS }, ask));
  agent.destroy();
  times.sort((a, b) => a - b);
  const p99Ms = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
  return { perSecond: times.length / seconds, failed, p99Ms, residentMiB: residentMiB(pid) };
}

function residentMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

function toMarkdown({ node, cpu, date, inPeace, besideSlow }: Report): string {
  const row = (name: string, { perSecond, failed, p99Ms, residentMiB: resident }: Measured) =>
    `| ${name} | ${perSecond.toFixed(0)} | ${p99Ms.toFixed(1)} | ${failed} | ${resident.toFixed(0)} |`;
  return `# Beside slow clients

Node ${node}, ${cpu}, ${date}. ${OTHERS} connections that send small requests, alone and beside ${SLOW_SOCKETS} sockets
of another address that never finish theirs.

| | requests a second | p99 ms | refused | MiB resident |
| --- | ---: | ---: | ---: | ---: |
${row('in peace', inPeace)}
${row('beside slow clients', besideSlow)}
`;
}

/**
 * What slow clients of one address cost those of another: requests a second, the 99th percentile, and
 * the gateway's memory, in peace and beside sockets that send a byte of a small body now and then.
 *
 *     node bench/slow-clients.ts [--main <main.ts of another gateway>]
 *
 * The slow ones come from 127.0.0.1, the others from 127.0.0.2: Linux only.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startGateway, startUpstream, stopAll } from './gateway-process.ts';

const { values } = parseArgs({
  options: {
    main: { type: 'string' },
    sockets: { type: 'string', default: '1024' },
    seconds: { type: 'string', default: '10' },
  },
});
const OTHERS = 8;
const TRICKLE_MS = 5_000;

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
try {
  const upstream = await startUpstream();
  const options = { name: 'gateway', upstream, folder, logLevel: 'fatal' };
  const gateway = await startGateway(values.main ? { ...options, main: values.main } : options);
  await measure(gateway.port, 2);
  print('in peace', await measure(gateway.port, 5), gateway.pid);
  let running = true;
  for (let index = 0; index < Number(values.sockets); index += 1) {
    void stayConnected(gateway.port, () => running);
  }
  await sleep(2_000);
  const seconds = Number(values.seconds);
  print(`beside ${values.sockets}`, await measure(gateway.port, seconds), gateway.pid);
  running = false;
} finally {
  await stopAll();
  rmSync(folder, { recursive: true });
  process.exit();
}

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
  ok: number;
  failed: number;
  seconds: number;
  p99Ms: number;
}

async function measure(port: number, seconds: number): Promise<Measured> {
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
  return { ok: times.length, failed, seconds, p99Ms };
}

function print(what: string, { ok, failed, seconds, p99Ms }: Measured, pid: number): void {
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const served = `${(ok / seconds).toFixed(0)}/s, p99 ${p99Ms.toFixed(1)} ms, ${failed} refused`;
  process.stdout.write(
    `${what.padEnd(16)}${served}, ${(Number(rss) / 1024).toFixed(0)} MiB resident\n`,
  );
}

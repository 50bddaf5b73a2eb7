/**
 * CPU per forwarded request, side by side in one run: this gateway, http-proxy-middleware, nginx.
 *
 *     node bench/forwarding.ts [--other <main.ts of another gateway>]
 *
 * One process each in front of one and the same upstream, in turns; `wrk` makes the load. CPU time
 * is read from /proc, user and system together, so it needs Linux, and `wrk` and `nginx` in the PATH.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  answering,
  type Contestant,
  freePort,
  start,
  startGateway,
  startUpstream,
  stopAll,
} from './gateway-process.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    other: { type: 'string' },
  },
});
const CLOCK_TICK_US = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const CONNECTIONS = '32';

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));

try {
  const upstream = await startUpstream();
  const contestants = [
    await startGateway({ name: 'gateway', upstream, folder, logLevel: 'info' }),
    await startGateway({ name: 'gateway without its log', upstream, folder, logLevel: 'warn' }),
    ...(values.other
      ? [
          await startGateway({
            name: 'other',
            upstream,
            folder,
            logLevel: 'info',
            main: values.other,
          }),
        ]
      : []),
    await startProxyMiddleware(upstream),
    await startNginx(upstream),
  ];
  const results = new Map(contestants.map(({ name }) => [name, [] as Measured[]]));
  for (const contestant of contestants) await measure(contestant, 4);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const contestant of contestants) {
      results.get(contestant.name)?.push(await measure(contestant, Number(values.seconds)));
    }
  }
  const gateway = results.get('gateway') ?? [];
  for (const [name, measured] of results) {
    const cpuUs = median(measured.map((one) => one.cpuUs));
    const perSecond = median(measured.map((one) => one.perSecond));
    const ratio = cpuUs / median(gateway.map((one) => one.cpuUs));
    const line = `${name.padEnd(24)}${cpuUs.toFixed(1).padStart(8)} us CPU a request`;
    process.stdout.write(
      `${line}, ${perSecond.toFixed(0)}/s, ${ratio.toFixed(2)} of the gateway\n`,
    );
  }
} finally {
  await stopAll();
  rmSync(folder, { recursive: true });
  process.exit();
}

interface Measured {
  cpuUs: number;
  perSecond: number;
}

async function measure({ name, port, pid }: Contestant, seconds: number): Promise<Measured> {
  const before = cpuTimeUs(pid);
  const args = ['-t1', '-c', CONNECTIONS, '-d', `${seconds}s`, `http://127.0.0.1:${port}/todo/1`];
  const wrk = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let report = '';
  wrk.stdout.on('data', (chunk) => {
    report += chunk;
  });
  await once(wrk, 'close');
  const requests = Number(/(\d+) requests in/.exec(report)?.[1]);
  if (!requests || report.includes('Non-2xx')) throw new Error(`${name}: ${report}`);
  return { cpuUs: (cpuTimeUs(pid) - before) / requests, perSecond: requests / seconds };
}

function cpuTimeUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_US;
}

async function startProxyMiddleware(upstream: number): Promise<Contestant> {
  const port = await freePort();
  const file = join(import.meta.dirname, 'http-proxy-middleware.ts');
  const child = start(process.execPath, [file, String(port), String(upstream)], process.env);
  return answering({ name: 'http-proxy-middleware', port, pid: child.pid as number });
}

async function startNginx(upstream: number): Promise<Contestant> {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid;
     error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log ${folder}/access.log; keepalive_requests 1000000;
       client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       upstream todo { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000; }
       server { listen 127.0.0.1:${port};
         location /todo { proxy_pass http://todo; proxy_http_version 1.1;
           proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr;
           proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
           proxy_set_header X-Request-Id $request_id; } } }`,
  );
  const child = start('nginx', ['-c', config, '-p', folder], process.env);
  return answering({ name: 'nginx', port, pid: child.pid as number });
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

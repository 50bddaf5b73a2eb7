/**
 * CPU per forwarded request, side by side in one run: this gateway, http-proxy-middleware, nginx.
 *
 *     node bench/forwarding.ts
 *
 * One process each in front of one and the same upstream, in turns; `wrk` makes the load. CPU time
 * is read from /proc, user and system together, so it needs Linux, and `wrk` and `nginx` in the PATH.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
});
const CLOCK_TICK_US = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const CONNECTIONS = '32';

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const children: ChildProcess[] = [];

interface Contestant {
  name: string;
  port: number;
  pid: number;
}

try {
  const upstream = await startUpstream();
  const contestants = [
    await startGateway('gateway', upstream, 'info'),
    await startGateway('gateway without its log', upstream, 'warn'),
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
  for (const child of children) child.kill('SIGTERM');
  await sleep(300);
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

async function startUpstream(): Promise<number> {
  const code = `
    const { createServer } = require('node:http');
    const body = JSON.stringify({ text: 'x'.repeat(1000) });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const server = createServer((req, res) => res.writeHead(200, headers).end(body));
    server.listen(0, '127.0.0.1', () =>
      require('node:worker_threads').parentPort.postMessage(server.address().port));`;
  const [port] = await once(new Worker(code, { eval: true }), 'message');
  return port;
}

async function startGateway(name: string, upstream: number, logLevel: string) {
  const port = await freePort();
  const services = join(folder, 'services');
  execFileSync('mkdir', ['-p', join(services, 'todo-service')]);
  const service = { name: 'todo-service', port: upstream, routes: ['/todo'] };
  writeFileSync(join(services, 'todo-service', 'service.json'), JSON.stringify(service));
  const env = { ...process.env, SERVICES_DIR: services, PORT: String(port), LOG_LEVEL: logLevel };
  const child = start(process.execPath, [join(import.meta.dirname, '../src/main.ts')], env);
  return answering({ name, port, pid: child.pid as number });
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

function start(command: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return child;
}

async function answering(contestant: Contestant): Promise<Contestant> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${contestant.port}/todo/1`).catch(() => undefined);
    if (answer?.ok) return contestant;
    await sleep(50);
  }
  throw new Error(`${contestant.name} does not answer`);
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** The gateway as a process in front of one upstream, for its benches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import getPort from 'get-port';

export interface Contestant {
  name: string;
  port: number;
  pid: number;
}

interface GatewayOptions {
  name: string;
  /** The port that `/todo` is forwarded to. */
  upstream: number;
  /** A folder for its configuration. */
  folder: string;
  logLevel: string;
}

const MAIN = join(import.meta.dirname, '../../../services/gateway/src/main.ts');
const children: ChildProcess[] = [];

export async function startGateway(options: GatewayOptions): Promise<Contestant> {
  const { name, upstream, folder, logLevel } = options;
  const port = await getPort({ host: '127.0.0.1' });
  const services = join(folder, 'services');
  mkdirSync(join(services, 'todo-service'), { recursive: true });
  const service = { name: 'todo-service', port: upstream, routes: ['/todo'] };
  writeFileSync(join(services, 'todo-service', 'service.json'), JSON.stringify(service));
  const env = { ...process.env, SERVICES_DIR: services, PORT: String(port), LOG_LEVEL: logLevel };
  const child = start(process.execPath, [MAIN], env);
  return answering({ name, port, pid: child.pid as number });
}

/** A service in a thread: reads what comes and answers with a kilobyte of JSON. Returns its port. */
export async function startUpstream(): Promise<number> {
  const code = `
    const { createServer } = require('node:http');
    const body = JSON.stringify({ text: 'x'.repeat(1000) });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const server = createServer((req, res) => {
      if (req.method === 'GET') res.writeHead(200, headers).end(body);
      else req.resume().on('end', () => res.writeHead(200, headers).end(body));
    });
    server.listen(0, '127.0.0.1', () =>
      require('node:worker_threads').parentPort.postMessage(server.address().port));`;
  const [port] = await once(new Worker(code, { eval: true }), 'message');
  return port;
}

/** Starts a process that `stopAll` ends. */
export function start(command: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return child;
}

export async function stopAll(): Promise<void> {
  for (const child of children) child.kill('SIGTERM');
  await sleep(300);
}

export async function answering(contestant: Contestant): Promise<Contestant> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${contestant.port}/todo/1`).catch(() => undefined);
    if (answer?.ok) return contestant;
    await sleep(50);
  }
  throw new Error(`${contestant.name} does not answer`);
}

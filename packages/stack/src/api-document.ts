import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { environmentOf } from './service-environment.ts';

/** Nothing listens there; a service starts without its database. */
const NO_DATABASE = 'postgresql://nobody@127.0.0.1:1/none';
/** A first start compiles, on a machine that may be busy; it only ends what hangs. */
const ANSWER_TIMEOUT_MS = 120_000;
/** Never used: the service is asked for its document and for nothing else. */
const PLACEHOLDER = '0'.repeat(64);

/**
 * A service's `openapi.json` as it is committed: its answer to `GET /openapi.json`, from the real
 * process.
 *
 * @throws Error with the service's last log line when it ends before it answers
 */
export async function apiDocumentOf(
  service: ServiceJson,
  services: readonly ServiceJson[],
  servicesDir: string,
): Promise<string> {
  const directory = join(servicesDir, service.name);
  const env = environmentOf(service, {
    services,
    ports: { origin: 'http://localhost:8080', of: (other) => other.port },
    databaseUrls: { [service.name]: NO_DATABASE },
    secrets: {
      postgresPassword: PLACEHOLDER,
      keyEncryptionKey: PLACEHOLDER,
      jwtSecret: PLACEHOLDER,
      clientKeySeed: PLACEHOLDER,
    },
    env: {},
    servicesDir,
    dataDir: join(servicesDir, '../node_modules/.cache/latchkey'),
  });
  const child = spawn(process.execPath, [join(directory, 'src/main.ts')], {
    cwd: directory,
    env: { ...env, PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_TIMEOUT_MS);
  try {
    const port = await listeningPort(
      createInterface({ input: child.stdout as Readable }),
      service.name,
    );
    const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    if (!answer.ok) throw new Error(`${service.name}: ${answer.status} ${await answer.text()}`);
    return `${JSON.stringify(await answer.json(), null, 2)}\n`;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await exited;
  }
}

async function listeningPort(lines: AsyncIterable<string>, name: string): Promise<number> {
  let last = '';
  for await (const line of lines) {
    last = line;
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number };
    if (msg === 'listening' && port) return port;
  }
  throw new Error(`${name} ended before it listened: ${last}`);
}

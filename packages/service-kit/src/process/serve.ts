import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConfigError, type Env, type ServiceConfig } from './config.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';

const SHUTDOWN_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** How long a head and a whole request may take. Node checks every 30 s unless set otherwise. */
const TIMEOUTS = {
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
};

/**
 * Reads the configuration, or ends the process with one line for each thing to set.
 */
export function loadConfig<C>(service: string, parseConfig: (env: Env) => C, env: Env): C {
  try {
    return parseConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${service}: ${problem}\n`);
    process.exit(78);
  }
}

/** What becomes of requests that want to leave HTTP, as WebSocket handshakes do. */
export interface Upgrading {
  /** A request that is not accepted goes to the app, like any other. */
  accepts(req: IncomingMessage): boolean;
  open(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every open connection; called when no request is taken any more. */
  close(): Promise<unknown>;
}

export interface ServeOptions {
  app: RequestListener;
  config: ServiceConfig;
  log: Log;
  health: Health;
  upgrades?: Upgrading;
  /** Run one after the other once the last request is answered: verifier, client, database. */
  close?: readonly (() => Promise<unknown> | unknown)[];
}

/**
 * Listens until the process is asked to stop, then drains: says so at `/readyz`, takes requests for
 * `drainDelayMs` more, answers what is in flight, closes what it holds, exits.
 */
export async function serve({
  app,
  config,
  log,
  health,
  upgrades,
  close = [],
}: ServeOptions): Promise<Server> {
  const shouldUpgradeCallback = (req: IncomingMessage) => upgrades?.accepts(req) ?? false;
  const server = createServer({ ...TIMEOUTS, shouldUpgradeCallback }, app);
  if (upgrades) server.on('upgrade', upgrades.open);
  // Longer than any client here keeps an idle connection: the client closes first, never in mid-request.
  server.keepAliveTimeout = 75_000;
  server.maxRequestsPerSocket = 0;
  await listen(server, config);
  const { port } = server.address() as AddressInfo;

  let stopping = false;
  const stop = async (reason: string, exitCode: number, drainDelayMs = config.drainDelayMs) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason, drainDelayMs }, 'stopping');
    health.drain();
    const graceMs = drainDelayMs + SHUTDOWN_TIMEOUT_MS;
    setTimeout(() => server.closeAllConnections(), graceMs).unref();
    // What still waits for something that will not come: a request, a database that is down.
    setTimeout(() => process.exit(1), graceMs + CLOSE_TIMEOUT_MS).unref();
    await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    const closed = new Promise((resolve) => server.close(resolve));
    await Promise.allSettled([closed, upgrades?.close()]);
    for (const step of close) await closeWithin(CLOSE_TIMEOUT_MS, step, log);
    log.info('stopped');
    process.exit(exitCode);
  };

  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  // Started by a parent over an IPC channel: must not outlive the parent.
  process.on('disconnect', () => void stop('parent gone', 0, 0));
  if (process.connected === false) void stop('parent gone', 0, 0);
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'uncaught exception');
    void stop('uncaught exception', 1);
  });
  // Last: a reader of this line may stop the service at once.
  log.info({ host: config.host, port }, 'listening');
  return server;
}

async function closeWithin(timeoutMs: number, step: () => unknown, log: Log): Promise<void> {
  const timer = Promise.withResolvers<void>();
  setTimeout(timer.resolve, timeoutMs).unref();
  try {
    await Promise.race([step(), timer.promise]);
  } catch (err) {
    log.error({ err }, 'closing failed');
  }
}

async function listen(server: Server, { host, port }: ServiceConfig): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  server.off('error', reject);
}

/** Runs a service's main function; a failure to start is reported in one line. */
export async function runMain(service: string, main: () => Promise<unknown>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${service}: ${startFailure(error)}\n`);
    process.exit(1);
  }
}

function startFailure(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is in use; set PORT to a free one`;
  return (message ?? String(error)).trim().split('\n').at(-1) ?? 'failed to start';
}

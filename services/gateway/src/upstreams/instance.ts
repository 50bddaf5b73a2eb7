import type { LookupFunction } from 'node:net';
import { READY_PATH } from '@latchkey/service-kit/joining/start-members';
import { Client, type Dispatcher, Pool } from 'undici';
import { FairShares } from '../bounds/fair-shares.ts';

/** The last known state of an instance, the best first. */
export const INSTANCE_STATES = [
  'ready',
  'unknown',
  'not-ready',
  'draining',
  'unreachable',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

export interface Address {
  address: string;
  family: 4 | 6;
}

export interface ConnectionLimits {
  connectTimeoutMs: number;
  /** From the last byte of the request to the first of the answer. */
  headersTimeoutMs: number;
  /** Between two pieces of an answer's body. */
  bodyIdleTimeoutMs: number;
  /** Requests in flight at one instance, at most. */
  maxRequestsPerInstance: number;
}

// Services keep idle connections for 75 s: the gateway must be the one that closes them.
const KEEP_ALIVE_MS = 30_000;
const CHECK_TIMEOUT_MS = 1_000;
const MAX_OWN_ANSWER_BYTES = 2 * 1024 * 1024;

/** One running instance of a service, at one address: its connections and what is known of its state. */
export class Instance {
  readonly address: string;
  state: InstanceState = 'unknown';
  /** This instance's unanswered requests, by client. */
  readonly places: FairShares;
  readonly #readyPath: string;
  readonly #pool: Pool;
  /** A new connection for each request: none that the instance may just be closing. */
  readonly #newConnections: Pool;
  /** A separate connection, so that a busy pool cannot make a healthy instance look dead. */
  readonly #checks: Client;
  #check: Promise<void> | undefined;

  constructor(
    baseUrl: string,
    { address, family }: Address,
    limits: ConnectionLimits,
    readyPath = READY_PATH,
  ) {
    this.address = address;
    this.#readyPath = readyPath;
    this.places = new FairShares(limits.maxRequestsPerInstance);
    const lookup: LookupFunction = (_host, options, found) => {
      if (options.all) found(null, [{ address, family }]);
      else found(null, address, family);
    };
    const keepAlive = { keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS };
    const requests = {
      allowH2: false,
      connect: { lookup, timeout: limits.connectTimeoutMs },
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.bodyIdleTimeoutMs,
    };
    this.#pool = new Pool(baseUrl, { ...keepAlive, ...requests, pipelining: 1 });
    this.#newConnections = new Pool(baseUrl, { ...requests, pipelining: 0 });
    this.#checks = new Client(baseUrl, {
      ...keepAlive,
      allowH2: false,
      connect: { lookup, timeout: CHECK_TIMEOUT_MS },
      headersTimeout: CHECK_TIMEOUT_MS,
      bodyTimeout: CHECK_TIMEOUT_MS,
      maxResponseSize: MAX_OWN_ANSWER_BYTES,
    });
  }

  get pending(): number {
    return this.places.used;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#pool.dispatch(options, handler);
  }

  /** As `dispatch`, but never over a connection that was used before. */
  dispatchAnew(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#newConnections.dispatch(options, handler);
  }

  /** A request of the gateway itself. The caller takes a place for it. */
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    return this.#pool.request(options);
  }

  /** Checks the instance's readiness. At most one check runs at a time. */
  check(): Promise<void> {
    this.#check ??= this.#askReadiness().finally(() => {
      this.#check = undefined;
    });
    return this.#check;
  }

  async #askReadiness(): Promise<void> {
    try {
      const answer = await this.#checks.request({ method: 'GET', path: this.#readyPath });
      const text = await answer.body.text();
      this.state = answer.statusCode === 200 ? 'ready' : stateOf(text);
    } catch {
      this.state = 'unreachable';
    }
  }

  /** Reads a public document of the instance; undefined when that fails. */
  async readJson(path: string): Promise<unknown> {
    try {
      const { statusCode, body } = await this.#checks.request({ method: 'GET', path });
      const text = await body.text();
      return statusCode === 200 ? JSON.parse(text) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Lets what is in flight end, then closes the connections. */
  async close(): Promise<void> {
    await Promise.allSettled([
      this.#pool.close(),
      this.#newConnections.close(),
      this.#checks.destroy(),
    ]);
  }
}

function stateOf(readiness: string): InstanceState {
  try {
    const { checks } = JSON.parse(readiness) as { checks?: { process?: unknown } };
    return checks?.process === 'draining' ? 'draining' : 'not-ready';
  } catch {
    return 'not-ready';
  }
}

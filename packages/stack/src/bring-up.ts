import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '@latchkey/process/start-error';
import { isGateway, isIssuer } from '@latchkey/service-kit/joining/roles';
import type { ServiceProcess } from './service-process.ts';

const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 30_000;

interface Options {
  processes: readonly ServiceProcess[];
  /** Makes the service's database; rejects with a StartError. */
  prepare: (each: ServiceProcess) => Promise<unknown>;
  /** Keeps the list of running processes. */
  onSpawned: () => void;
  /** When a service is ready for the first time. */
  onUp: (each: ServiceProcess) => void;
  onTrouble: (line: string) => void;
  signal: AbortSignal | undefined;
}

/** Brings services up, independently: one that does not start does not stop the others. */
export class BringUp {
  readonly #options: Options;
  readonly #stopping = new AbortController();
  readonly #aborted: AbortSignal;
  readonly #retries: Promise<void>[] = [];

  constructor(options: Options) {
    this.#options = options;
    const given = options.signal ? [options.signal] : [];
    this.#aborted = AbortSignal.any([this.#stopping.signal, ...given]);
  }

  /** @throws StartError when the gateway does not start, or no service behind it runs */
  async all(): Promise<void> {
    const { processes } = this.#options;
    const gateways = processes.filter(({ service }) => isGateway(service));
    const inside = processes.filter(({ service }) => !isGateway(service));
    const issuers = inside.filter(({ service }) => isIssuer(service));
    const rest = inside.filter(({ service }) => !isIssuer(service));

    const failures: unknown[] = [];
    const attempt = async (each: ServiceProcess, step: () => Promise<void>) => {
      try {
        await step();
        return true;
      } catch (error) {
        this.#aborted.throwIfAborted();
        if (isGateway(each.service)) throw error;
        failures.push(error);
        this.#options.onTrouble(`${(error as Error).message}; retrying in the background`);
        return false;
      }
    };
    const launched = new Map<ServiceProcess, Promise<boolean>>();
    const launch = (each: ServiceProcess) => {
      const launching = attempt(each, () => this.#launch(each));
      launching.catch(() => undefined);
      launched.set(each, launching);
    };
    const become = async (each: ServiceProcess, timeoutMs?: number) =>
      (await launched.get(each)) && attempt(each, () => this.#becomeReady(each, timeoutMs));

    // All load at once, but none is asked whether it is ready before there are keys to fetch. The
    // gateway loads once there are: earlier it only takes the issuer's CPU.
    inside.forEach(launch);
    const areIssuing = await Promise.all(issuers.map((each) => become(each)));
    // Without keys the others cannot be ready: it is enough that they answer.
    const timeoutMs = areIssuing.every(Boolean) ? undefined : 0;
    gateways.forEach(launch);
    await Promise.all([...rest, ...gateways].map((each) => become(each, timeoutMs)));
    if (failures.length > 0 && !inside.some(({ isRunning }) => isRunning)) throw failures[0];
    for (const each of inside.filter(({ problem }) => problem)) this.#retryLater(each);
  }

  /** Brings up one that came later. */
  async add(each: ServiceProcess): Promise<void> {
    try {
      await this.#launch(each);
      await this.#becomeReady(each);
    } catch (error) {
      this.#aborted.throwIfAborted();
      this.#options.onTrouble(`${(error as Error).message}; retrying in the background`);
      this.#retryLater(each);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#retries);
  }

  async #launch(each: ServiceProcess): Promise<void> {
    if (each.isRunning) return;
    await this.#options.prepare(each).catch((error: Error) => {
      each.problem = error.message;
      throw new StartError(`${each.name}: ${error.message}`, { cause: error });
    });
    this.#aborted.throwIfAborted();
    each.spawn(this.#options.onSpawned);
  }

  async #becomeReady(each: ServiceProcess, timeoutMs?: number): Promise<void> {
    await each.ready(this.#aborted, timeoutMs);
    this.#options.onUp(each);
  }

  /** Ends when the service is up, or when the stack is stopped. */
  #retryLater(each: ServiceProcess): void {
    this.#retries.push(this.#retry(each).catch(() => undefined));
  }

  /** With growing delays; a reason is reported when it changes. */
  async #retry(each: ServiceProcess): Promise<void> {
    const { onTrouble } = this.#options;
    let reported = each.problem;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LAST_DELAY_MS)) {
      await delay(delayMs, undefined, { signal: this.#aborted });
      if (!this.#options.processes.includes(each)) return;
      try {
        await this.#launch(each);
        await this.#becomeReady(each);
        return onTrouble(`${each.name} is up now`);
      } catch (error) {
        this.#aborted.throwIfAborted();
        if (each.problem !== reported) onTrouble((error as Error).message);
        reported = each.problem;
      }
    }
  }
}

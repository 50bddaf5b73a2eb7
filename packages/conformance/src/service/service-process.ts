import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { send } from '../http/exchange.ts';
import { SetupError } from './setup-error.ts';

const POLL_MS = 100;
const KEPT_LINES = 20;
const KILL_AFTER_MS = 15_000;

export interface ProcessSettings {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string | undefined;
  readonly url: string;
  readonly startTimeoutMs: number;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly durationMs: number;
}

/** The service under test, started and stopped by the kit. */
export class ServiceProcess {
  readonly #settings: ProcessSettings;
  #child: ChildProcess | undefined;
  #lines: string[] = [];

  constructor(settings: ProcessSettings) {
    this.#settings = settings;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Start, and wait until it answers.
   *
   * @param ready what it must answer 200 at
   * @throws SetupError with its last lines when it does not
   */
  async start(ready: '/healthz' | '/readyz' = '/readyz'): Promise<void> {
    const { url, startTimeoutMs } = this.#settings;
    this.spawn();
    const untilMs = Date.now() + startTimeoutMs;
    for (;;) {
      const { status } = await send({ method: 'GET', url: url + ready, headers: {} });
      // A service without such a route answers, too; that it lacks one is what a check says.
      if (status === 200 || status === 404 || status === 401) return;
      if (!this.isRunning) throw new SetupError(`the service ended at its start\n${this.output}`);
      if (Date.now() > untilMs) {
        await this.kill();
        const seconds = startTimeoutMs / 1000;
        throw new SetupError(`no answer at ${url}${ready} within ${seconds} s\n${this.output}`);
      }
      await delay(POLL_MS);
    }
  }

  /** Start, and wait for nothing. */
  spawn(): void {
    const { command, env, cwd } = this.#settings;
    const [file = '', ...args] = command;
    this.#lines = [];
    // A group, so that what a wrapper started ends with it.
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    child.on('error', (error) => this.#keep(error.message));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    }
    this.#child = child;
  }

  /** The last lines that it wrote. */
  get output(): string {
    return this.#lines.slice(-KEPT_LINES).join('\n');
  }

  /** Ask it to stop, as a platform does, and wait for its end. */
  async stop(): Promise<Ended> {
    const startedMs = Date.now();
    this.terminate();
    const { code, signal } = await this.ended();
    return { code, signal, durationMs: Date.now() - startedMs };
  }

  terminate(): void {
    this.#child?.kill('SIGTERM');
  }

  /** Wait for its end; it is killed when it takes too long. */
  async ended(): Promise<Pick<Ended, 'code' | 'signal'>> {
    const child = this.#child;
    if (child === undefined) return { code: null, signal: null };
    if (this.isRunning) {
      const timer = setTimeout(() => this.#killGroup(), KILL_AFTER_MS);
      await once(child, 'exit');
      clearTimeout(timer);
    }
    return { code: child.exitCode, signal: child.signalCode };
  }

  async kill(): Promise<void> {
    this.#killGroup();
    await this.ended();
  }

  async restart(ready?: '/healthz' | '/readyz'): Promise<void> {
    await this.kill();
    await this.start(ready);
  }

  #killGroup(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already, or the platform has no groups.
      this.#child?.kill('SIGKILL');
    }
  }

  #keep(text: string): void {
    this.#lines.push(...text.split(/\r?\n/).filter((line) => line !== ''));
    this.#lines = this.#lines.slice(-KEPT_LINES);
  }
}

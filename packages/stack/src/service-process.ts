import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '@latchkey/postgres/start-error';
import type { ServiceJson } from '@latchkey/service-kit/service-json';
import { openServiceLog, type ServiceLog } from './service-log.ts';

export interface RunningService {
  name: string;
  url: string;
  logFile: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
}

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 40;
const STOP_TIMEOUT_MS = 12_000;
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 10_000;
const STEADY_MS = 30_000;

export interface ServiceProcessOptions {
  service: ServiceJson;
  directory: string;
  logFile: string;
  url: string;
  env: NodeJS.ProcessEnv;
  /** Hears, in one line, of a service that ended by itself. */
  onTrouble: (line: string) => void;
}

/** One service as a process of its own, started again when it ends by itself. */
export class ServiceProcess implements RunningService {
  readonly service: ServiceJson;
  readonly name: string;
  readonly url: string;
  readonly logFile: string;
  /** What its command line holds. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly #log: ServiceLog;
  readonly #onTrouble: (line: string) => void;
  #child: ChildProcess | undefined;
  #wanted = false;
  #restartMs = FIRST_RESTART_MS;

  constructor(options: ServiceProcessOptions) {
    this.service = options.service;
    this.name = options.service.name;
    this.url = options.url;
    this.logFile = options.logFile;
    this.env = options.env;
    this.directory = options.directory;
    this.main = join(options.directory, 'src/main.ts');
    this.#log = openServiceLog(options.logFile);
    this.#onTrouble = options.onTrouble;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws StartError when it ends or is not ready in time; the reason in one line */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    const child = this.#child;
    if (!child) throw new Error(`${this.name} was not spawned`);
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    while (!(await this.#isReady())) {
      signal?.throwIfAborted();
      if (child.exitCode !== null || child.signalCode !== null) throw this.#failed('ended');
      if (Date.now() > deadlineMs) throw this.#failed('was not ready in 30 s');
      await delay(READY_POLL_MS);
    }
    this.#wanted = true;
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  spawn(onSpawned: () => void): void {
    // A group of its own: a terminal's Ctrl+C reaches only the parent, which ends them in order.
    // The IPC channel tells it when the parent is gone.
    const child = spawn(process.execPath, [this.main], {
      cwd: this.directory,
      env: this.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#log.line(line));
    }
    const startedAt = Date.now();
    child.once('exit', () => {
      if (this.#wanted) void this.#restart(startedAt, onSpawned);
    });
    onSpawned();
  }

  async #restart(startedAt: number, onSpawned: () => void): Promise<void> {
    if (Date.now() - startedAt > STEADY_MS) this.#restartMs = FIRST_RESTART_MS;
    this.#onTrouble(`${this.name} ended by itself and is started again; see ${this.logFile}`);
    await delay(this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, LAST_RESTART_MS);
    if (this.#wanted) this.spawn(onSpawned);
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  #failed(how: string): StartError {
    const lines = this.#log.last();
    // Plain lines are what a service says to a person; its JSON log is for the file.
    const plain = lines.filter((line) => line.trim() !== '' && !line.startsWith('{'));
    const reason = plain.filter((line) => line.startsWith(`${this.name}: `));
    const told = (reason.length > 0 ? reason : plain.slice(-5)).join('\n');
    return new StartError(`${this.name} ${how}; its log is ${this.logFile}\n${told}`.trimEnd());
  }
}

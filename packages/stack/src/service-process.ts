import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { StartError } from '@latchkey/process/start-error';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { READY_PATH } from '@latchkey/service-kit/joining/start-members';
import { failureReason } from './failure-reason.ts';
import { openServiceLog, type ServiceLog } from './service-log.ts';
import { faultOfFolder } from './services-on-disk.ts';

export interface RunningService {
  name: string;
  url: string;
  logFile: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** Why it is not up, in one line; undefined when it is. */
  readonly problem: string | undefined;
}

const COMMAND_KEEPER = join(import.meta.dirname, 'command-keeper.ts');
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 40;
const READYZ_TIMEOUT_MS = 2_000;
const STOP_TIMEOUT_MS = 12_000;
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 10_000;
const STEADY_MS = 30_000;

export interface ServiceProcessOptions {
  service: ServiceJson;
  directory: string;
  logFile: string;
  url: string;
  /** Called at each start of the process: the database's URL is known only once there is one. */
  env: (service: ServiceJson) => NodeJS.ProcessEnv;
  /** Called with one line when the service ended unexpectedly. */
  onTrouble: (line: string) => void;
  /** Called with what the service has to show in the terminal rather than in its log. */
  onShow: (text: string) => void;
}

/** One service as a child process, restarted when it exits unexpectedly. */
export class ServiceProcess implements RunningService {
  /** As its service.json is now. */
  service: ServiceJson;
  readonly name: string;
  readonly url: string;
  readonly logFile: string;
  /** Part of its command line. */
  readonly main: string;
  readonly directory: string;
  problem: string | undefined = 'not started yet';
  readonly #env: (service: ServiceJson) => NodeJS.ProcessEnv;
  #startedWith: NodeJS.ProcessEnv | undefined;
  readonly #log: ServiceLog;
  readonly #onTrouble: (line: string) => void;
  readonly #onShow: (text: string) => void;
  #child: ChildProcess | undefined;
  #wanted = false;
  #restartMs = FIRST_RESTART_MS;

  constructor(options: ServiceProcessOptions) {
    this.service = options.service;
    this.name = options.service.name;
    this.url = options.url;
    this.logFile = options.logFile;
    this.#env = options.env;
    this.directory = options.directory;
    this.main = options.service.command ? COMMAND_KEEPER : join(options.directory, 'src/main.ts');
    this.#log = openServiceLog(options.logFile);
    this.#onTrouble = options.onTrouble;
    this.#onShow = options.onShow;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#env(this.service);
  }

  /** Whether it was started with another environment than it would be now. */
  get isOutdated(): boolean {
    return this.#startedWith !== undefined && !isDeepStrictEqual(this.#startedWith, this.env);
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /**
   * @param timeoutMs how long a service that answers may be unready
   * @throws StartError with one line when it ends or is not ready in time
   */
  async ready(signal: AbortSignal | undefined, timeoutMs?: number): Promise<void> {
    await this.#untilReady(signal, timeoutMs);
    this.#wanted = true;
  }

  async #untilReady(signal?: AbortSignal, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    const startedAt = Date.now();
    let answer = await this.#askReady();
    while (answer !== 'ready') {
      signal?.throwIfAborted();
      if (!this.isRunning) {
        throw this.#failed(await this.#whyEnded());
      }
      const limitMs = answer === undefined ? READY_TIMEOUT_MS : timeoutMs;
      if (Date.now() > startedAt + limitMs) throw this.#failed(answer ?? 'does not answer');
      await delay(READY_POLL_MS);
      answer = await this.#askReady();
    }
    this.problem = undefined;
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const exited = once(child, 'exit');
    killGroup(child);
    await exited;
  }

  /** Over its IPC channel; lost on a process that does not run, which reads all when it starts. */
  send(message: object): void {
    if (this.isRunning) this.#child?.send(message, () => undefined);
  }

  spawn(onSpawned: () => void): void {
    this.#log.forget();
    this.#startedWith = this.env;
    // A separate process group: Ctrl+C reaches only the parent, which stops services in order.
    // The IPC channel closes when the parent exits.
    const child = spawn(process.execPath, [this.main, ...(this.service.command ?? [])], {
      cwd: this.directory,
      env: this.#startedWith,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#log.line(line));
    }
    child.on('message', (message: { show?: unknown }) => {
      if (typeof message?.show === 'string') this.#onShow(message.show);
    });
    // The folder was removed, or no process can be created.
    child.on('error', (error) => this.#log.line(String(error)));
    const startedAt = Date.now();
    child.once('exit', () => {
      killGroup(child);
      if (this.#wanted) void this.#restart(startedAt, onSpawned);
    });
    onSpawned();
  }

  async #restart(startedAt: number, onSpawned: () => void): Promise<void> {
    if (Date.now() - startedAt > STEADY_MS) this.#restartMs = FIRST_RESTART_MS;
    this.problem = 'ended unexpectedly and is restarted';
    this.#onTrouble(`${this.name} ${this.problem}; see ${this.logFile}`);
    await delay(this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, LAST_RESTART_MS);
    if (!this.#wanted) return;
    this.spawn(onSpawned);
    // One that ends again is reported and restarted as above.
    await this.#untilReady().catch(() => undefined);
  }

  /** `ready`, why it is not, or undefined when it does not answer. */
  async #askReady(): Promise<string | undefined> {
    try {
      // Loading fetch would cost more CPU than all of these requests.
      const request = get(`${this.url}${this.service.ready ?? READY_PATH}`, {
        signal: AbortSignal.timeout(READYZ_TIMEOUT_MS),
      });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const body = await text(response);
      return response.statusCode === 200 ? 'ready' : `is not ready: ${unreadyChecks(body)}`;
    } catch {
      return undefined;
    }
  }

  async #whyEnded(): Promise<string> {
    const reason = failureReason(this.name, this.#log.last());
    const isOfFiles = /Cannot find|EACCES/.test(reason);
    const fault =
      isOfFiles && !this.service.command ? await faultOfFolder(this.directory) : undefined;
    return fault ? `cannot start: ${fault}` : `ended: ${reason}`;
  }

  #failed(how: string): StartError {
    this.problem = how;
    return new StartError(`${this.name} ${how}; its log is ${this.logFile}`);
  }
}

/** With all that it started, such as the program that `command-keeper.ts` runs. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    // Windows has no process groups.
    child.kill('SIGKILL');
  }
}

function unreadyChecks(body: string): string {
  try {
    const { checks } = JSON.parse(body) as { checks: Record<string, string> };
    const bad = Object.entries(checks).filter(([, outcome]) => outcome !== 'ok');
    return bad.map(([name, outcome]) => `${name} ${outcome}`).join(', ');
  } catch {
    return 'see its log';
  }
}

import { Agent, request } from 'node:http';

interface Answer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

export interface LoadReport {
  sent: number;
  failed: number;
  /** Why, and how often. */
  failures: Record<string, number>;
  /** Of those failures, 503 without a Retry-After. */
  unavailableWithoutRetryAfter: number;
  /** Writes that were answered with 201 and are not there. */
  missing: number;
  acknowledged: number;
}

const HEALTH_INTERVAL_MS = 200;
const WORKERS = 8;
const PAUSE_MS = 20;

/**
 * Steady load through every door that says it is ready, as a load balancer spreads it: a write or a
 * read of todos and tickets, and now and then a login. No request is ever sent twice.
 */
export class Load {
  readonly #origins: readonly string[];
  readonly #token: string;
  readonly #login: Record<string, string>;
  readonly #ready = new Set<string>();
  readonly #agent = new Agent({ keepAlive: false });
  readonly #workers: Promise<void>[];
  readonly #timer: NodeJS.Timeout;
  readonly #written: string[] = [];
  readonly #report = { sent: 0, failed: 0, unavailableWithoutRetryAfter: 0 };
  readonly #failures: Record<string, number> = {};
  #stopped = false;
  #turn = 0;

  constructor(origins: readonly string[], token: string, login: Record<string, string>) {
    this.#origins = origins;
    this.#token = token;
    this.#login = login;
    for (const origin of origins) this.#ready.add(origin);
    this.#timer = setInterval(() => void this.#checkDoors(), HEALTH_INTERVAL_MS);
    this.#workers = Array.from({ length: WORKERS }, (_, index) => this.#work(index));
  }

  get answered(): number {
    return this.#report.sent - this.#report.failed;
  }

  get failures(): Readonly<Record<string, number>> {
    return this.#failures;
  }

  /** Stops, then reads back every write that was acknowledged. */
  async stop(): Promise<LoadReport> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.all(this.#workers);
    await this.#checkDoors();
    let missing = 0;
    for (const path of this.#written) {
      const { status } = await this.#ask('GET', path);
      if (status !== 200) missing += 1;
    }
    const acknowledged = this.#written.length;
    return { ...this.#report, failures: this.#failures, missing, acknowledged };
  }

  async #work(worker: number): Promise<void> {
    for (let round = worker; !this.#stopped; round += 1) {
      await this.#step(round, worker);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #step(round: number, worker: number): Promise<void> {
    const last = this.#written.at(-1);
    switch (round % 8) {
      case 0:
        return this.#count('POST', '/tickets', { subject: 'Load', message: 'Still there?' });
      case 1:
      case 2:
        return this.#count('POST', '/todo', { title: 'Still there?' });
      case 3:
        // One at a time: many at once at one account are what the limits are there to slow down.
        return worker === 0 ? this.#count('POST', '/token', this.#login) : undefined;
      default:
        return this.#count('GET', last ?? '/todo');
    }
  }

  async #count(method: string, path: string, body?: Record<string, string>): Promise<void> {
    this.#report.sent += 1;
    try {
      const { status, retryAfter, text } = await this.#ask(method, path, body);
      if (status === 201) this.#written.push(`${path}/${JSON.parse(text).id}`);
      if (status < 300) return;
      if (status === 503 && !retryAfter) this.#report.unavailableWithoutRetryAfter += 1;
      this.#fail(`${method} ${path.replace(/\d+/, ':id')} ${status}`);
    } catch (error) {
      this.#fail(`${method} ${path.replace(/\d+/, ':id')} ${(error as { code?: string }).code}`);
    }
  }

  #fail(why: string): void {
    this.#report.failed += 1;
    this.#failures[why] = (this.#failures[why] ?? 0) + 1;
  }

  #ask(method: string, path: string, body?: Record<string, string>): Promise<Answer> {
    const doors = this.#origins.filter((origin) => this.#ready.has(origin));
    this.#turn += 1;
    const door = doors[this.#turn % (doors.length || 1)] ?? this.#origins[0];
    const form = path === '/token';
    const headers = {
      ...(form ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(body
        ? { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }
        : {}),
    };
    const text = body && (form ? String(new URLSearchParams(body)) : JSON.stringify(body));
    return exchange(new URL(path, door), { method, headers, agent: this.#agent }, text);
  }

  async #checkDoors(): Promise<void> {
    await Promise.all(
      this.#origins.map(async (origin) => {
        const options = { method: 'GET', agent: this.#agent, timeout: 1_000 };
        const answer = await exchange(new URL('/readyz', origin), options).catch(() => undefined);
        if (answer?.status === 200) this.#ready.add(origin);
        else this.#ready.delete(origin);
      }),
    );
  }
}

function exchange(
  url: URL,
  options: { method: string; agent: Agent; headers?: Record<string, string>; timeout?: number },
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        const retryAfter = answer.headers['retry-after'];
        resolve({ status: answer.statusCode ?? 0, retryAfter, text });
      });
      answer.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

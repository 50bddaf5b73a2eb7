import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@latchkey/stack/stack';
import pg from 'pg';
import { median } from '../interleave.ts';
import { type Machine, machine, publish } from '../results.ts';
import { withStack } from '../with-stack.ts';
import { asJson, ask, signIn } from './requests.ts';
import { seedPeople, seedTodos } from './seed.ts';

const PASSWORD = 'wren-under-the-eaves';
const SORT_KEYS = ['id', 'priority', 'title', 'createdAt'];
const PAGE = 200;
const EXPIRED_SESSIONS = 2_000;
/** What was filled in is written to disk for about so long afterwards. */
const SETTLE_MS = 120_000;
const ROUNDS = 3;

interface Report extends Machine {
  readonly people: readonly number[];
  /** By operation, in ms a request, for each size. */
  readonly operations: Readonly<Record<string, readonly number[]>>;
}

/**
 * What the same request costs as the system fills: people with ten sessions each, and one owner
 * with many todos. One request at a time, so that it is time that is measured and no queue.
 */
export const benchScale = async (short: boolean): Promise<void> => {
  const people = short ? [100, 1_000, 10_000] : [1_000, 100_000, 1_000_000];
  const calls = short ? 20 : 150;
  const env = { HOUSEKEEPING_SECONDS: '1', REFRESHES_PER_ADDRESS: '1000000' };
  await withStack(
    async (stack) => {
      const scale = await Scale.open(stack);
      const operations: Record<string, number[]> = {};
      for (const size of people) {
        await scale.fill(size);
        if (!short) await delay(SETTLE_MS);
        for (const [name, ms] of Object.entries(await scale.measureCalm(calls))) {
          operations[name] = [...(operations[name] ?? []), ms];
        }
      }
      await scale.close();
      const report = { ...machine(), people, operations };
      publish('scale', report, toMarkdown(report), short);
    },
    { env },
  );
};

/** The stack as it fills. */
class Scale {
  readonly #auth: string;
  readonly #todo: string;
  readonly #todoDatabase: string;
  readonly #authDatabase: string;
  readonly #db: pg.Client;
  readonly #owner: number;
  readonly #passwordHash: string;
  #people = 0;

  static async open(stack: Stack): Promise<Scale> {
    const urlOf = (name: string) =>
      stack.services.find((service) => service.name === name)?.url as string;
    const auth = urlOf('auth-service');
    const { id } = await asJson(`${auth}/register`, {
      body: { username: 'bench-admin', password: PASSWORD },
    });
    const db = new pg.Client({ connectionString: stack.databaseUrls['auth-service'] as string });
    await db.connect();
    const { rows } = await db.query(
      `UPDATE "user" SET roles = '{user,admin}' WHERE id = $1 RETURNING password_hash`,
      [id],
    );
    return new Scale(
      stack,
      { auth, todo: urlOf('todo-service') },
      db,
      Number(id),
      rows[0].password_hash,
    );
  }

  private constructor(
    { databaseUrls }: Stack,
    urls: { auth: string; todo: string },
    db: pg.Client,
    owner: number,
    passwordHash: string,
  ) {
    this.#auth = urls.auth;
    this.#todo = urls.todo;
    this.#authDatabase = databaseUrls['auth-service'] as string;
    this.#todoDatabase = databaseUrls['todo-service'] as string;
    this.#db = db;
    this.#owner = owner;
    this.#passwordHash = passwordHash;
  }

  async fill(people: number): Promise<void> {
    this.#people = people;
    await seedPeople(this.#authDatabase, { people, passwordHash: this.#passwordHash });
    await seedTodos(this.#todoDatabase, { id: this.#owner, todos: Math.min(people, 100_000) });
  }

  /** The median of each operation in its calmest round, in ms. */
  async measureCalm(calls: number): Promise<Record<string, number>> {
    const best: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, ms] of Object.entries(await this.#measure(calls))) {
        best[name] = Math.min(ms, best[name] ?? Number.POSITIVE_INFINITY);
      }
    }
    return best;
  }

  async #measure(calls: number): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    const time = async (name: string, work: (call: number) => Promise<unknown>) => {
      const times: number[] = [];
      // The first fifth warms up: caches, and statements that a connection prepares once.
      for (let call = -calls / 5; call < calls; call++) {
        const start = performance.now();
        await work(Math.abs(call));
        if (call >= 0) times.push(performance.now() - start);
      }
      found[name] = median(times);
    };
    const nameOf = (call: number) =>
      `p${String(1 + ((call * 7919) % this.#people)).padStart(7, '0')}`;

    await time('login', (call) => signIn(this.#auth, nameOf(call), PASSWORD));
    let refreshToken = (await signIn(this.#auth, nameOf(1), PASSWORD)).refresh_token;
    await time('refresh', async () => {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken as string };
      refreshToken = (await asJson(`${this.#auth}/token`, { form })).refresh_token;
    });

    const login = { scope: 'admin account:read todo:read' };
    const { access_token: token } = await signIn(this.#auth, 'bench-admin', PASSWORD, login);
    const get = (url: string) => ask(url, { token: String(token) });
    await time('own sessions', () => get(`${this.#auth}/sessions`));
    for (const key of SORT_KEYS) {
      const list = `${this.#todo}/todo?sort=${key}`;
      await time(`todos by ${key}, first page`, () => get(list));
      const middle = await this.#middleOf(`${list}&limit=${PAGE}`, String(token));
      await time(`todos by ${key}, middle page`, () => get(middle));
    }
    await time('people, first page', () => get(`${this.#auth}/admin/users`));
    await time('people by name', (call) => get(`${this.#auth}/admin/users?search=${nameOf(call)}`));
    await time('nobody by that name', () => get(`${this.#auth}/admin/users?search=zebra`));
    await time('audit of one person', (call) =>
      get(`${this.#auth}/admin/audit?subject=${nameOf(call)}`),
    );
    found[`housekeeping, ${EXPIRED_SESSIONS} sessions`] = await this.#purge();
    return found;
  }

  /** Half way through a list, by its own links. */
  async #middleOf(list: string, token: string): Promise<string> {
    const pages = Math.min(this.#people, 100_000) / PAGE / 2;
    let url = list;
    for (let page = 0; page < pages; page++) {
      const next = /<([^>]+)>/.exec((await ask(url, { token })).headers.get('link') ?? '')?.[1];
      if (next === undefined) break;
      url = new URL(next, list).href;
    }
    const middle = new URL(url);
    middle.searchParams.delete('limit');
    return middle.href;
  }

  /** From the first row that goes to the last. */
  async #purge(): Promise<number> {
    const count = async () => {
      const { rows } = await this.#db.query(
        'SELECT count(*)::int AS left FROM session WHERE expires_at < now()',
      );
      return rows[0].left as number;
    };
    const size = Math.min(EXPIRED_SESSIONS, this.#people);
    await this.#db.query(
      `UPDATE session SET expires_at = now() - interval '1 day'
       WHERE id IN (SELECT id FROM session WHERE device = 'bench' ORDER BY id LIMIT $1)`,
      [size],
    );
    let start = performance.now();
    for (let left = size; left > 0; left = await count()) {
      if (left === size) start = performance.now();
      await delay(2);
    }
    return ((performance.now() - start) * EXPIRED_SESSIONS) / size;
  }

  close(): Promise<void> {
    return this.#db.end();
  }
}

const toMarkdown = ({ node, cpu, date, people, operations }: Report): string => {
  const sizes = people.map((size) => size.toLocaleString('en'));
  const rows = Object.entries(operations).map(([name, ms]) => {
    const ratio = (ms.at(-1) ?? Number.NaN) / (ms[0] ?? Number.NaN);
    return `| ${name} | ${ms.map((value) => value.toFixed(2)).join(' | ')} | ${ratio.toFixed(2)} |`;
  });
  return `# As the system fills

Node ${node}, ${cpu}, ${date}. Milliseconds for a request, one at a time, the median of the
calmest of three rounds; with so many people, ten sessions each, and one owner with as many todos as there are people, at most 100,000.

| | ${sizes.join(' | ')} | last to first |
| --- | ${people.map(() => '---:').join(' | ')} | ---: |
${rows.join('\n')}
`;
};

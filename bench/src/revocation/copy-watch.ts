import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 1;
const GIVE_UP_MS = 5_000;

/** One copy of a service, asked over one connection that stays open. */
export class CopyWatch {
  readonly name: string;
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(name: string, url: string, path: string) {
    this.name = name;
    this.#url = new URL(path, url);
  }

  status(token: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(this.#url, { agent: this.#agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject).end();
    return promise;
  }

  /** Ms from `sinceMs` to the end of the first answer that is a refusal. */
  async untilRefused(token: string, sinceMs: number): Promise<number> {
    for (;;) {
      if ((await this.status(token)) === 401) return performance.now() - sinceMs;
      if (performance.now() - sinceMs > GIVE_UP_MS) throw new Error(`${this.name} never refused`);
      await delay(POLL_MS);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

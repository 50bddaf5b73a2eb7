import { Agent, get } from 'node:http';

const EVERY_MS = 50;

/** Asks `/healthz` again and again while it runs, and keeps how long each answer took. */
export class HealthProbe {
  readonly timesMs: number[] = [];
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void>[] = [];

  constructor(url: string) {
    this.#url = `${url}/healthz`;
  }

  start(): void {
    this.#timer = setInterval(() => this.#underWay.push(this.#ask()), EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay.splice(0));
  }

  #ask(): Promise<void> {
    const start = performance.now();
    return new Promise((resolve, reject) => {
      get(this.#url, { agent: this.#agent }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`${response.statusCode}`));
        response.resume().once('end', () => {
          this.timesMs.push(performance.now() - start);
          resolve();
        });
      }).once('error', reject);
    });
  }
}

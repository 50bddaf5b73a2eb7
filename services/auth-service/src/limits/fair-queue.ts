import { problems } from '../errors.ts';

export interface FairQueueLimits {
  /** Turns at once. */
  concurrency: number;
  /** That may wait for a turn, all lines together. */
  waiting: number;
}

/** Ends a turn. */
export type Release = () => void;

interface Ticket {
  admit(): void;
  refuse(error: Error): void;
}

interface Line {
  running: number;
  readonly waiting: Ticket[];
}

const RETRY_AFTER_SECONDS = '1';

/**
 * Shares turns among lines, such as client networks: the next turn goes to the line with the fewest
 * running, of several to the one that was served longest ago. Alone, a line may have all turns and
 * all places; once every place is taken, the longest line gives up its newest for a shorter one.
 */
export class FairQueue {
  readonly #limits: FairQueueLimits;
  /** Those with something in them, the one that was served longest ago first. */
  readonly #lines = new Map<string, Line>();
  #running = 0;
  #waiting = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** @throws Problem `too_busy` with `Retry-After`: no place, or it went to a shorter line */
  async take(name: string): Promise<Release> {
    const line = this.#lines.get(name) ?? { running: 0, waiting: [] };
    if (this.#running < this.#limits.concurrency) {
      this.#start(name, line);
    } else {
      if (this.#waiting >= this.#limits.waiting) this.#makeRoomFor(line);
      this.#lines.set(name, line);
      this.#waiting += 1;
      await new Promise<void>((admit, refuse) => line.waiting.push({ admit, refuse }));
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#end(name, line);
    };
  }

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const release = await this.take(name);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #start(name: string, line: Line): void {
    this.#running += 1;
    line.running += 1;
    this.#putLast(name, line);
  }

  #end(name: string, line: Line): void {
    this.#running -= 1;
    line.running -= 1;
    this.#putLast(name, line);
    const waiting = [...this.#lines].filter(([, { waiting }]) => waiting.length > 0);
    if (waiting.length === 0) return;
    const [nextName, next] = waiting.reduce((a, b) => (b[1].running < a[1].running ? b : a));
    const ticket = next.waiting.shift();
    this.#waiting -= 1;
    this.#start(nextName, next);
    ticket?.admit();
  }

  #putLast(name: string, line: Line): void {
    this.#lines.delete(name);
    if (line.running > 0 || line.waiting.length > 0) this.#lines.set(name, line);
  }

  #makeRoomFor(line: Line): void {
    const busy = problems.too_busy({ headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
    const lines = [...this.#lines.values()];
    const longest = lines.reduce((a, b) => (b.waiting.length > a.waiting.length ? b : a));
    if (longest.waiting.length <= line.waiting.length + 1) throw busy;
    longest.waiting.pop()?.refuse(busy);
    this.#waiting -= 1;
  }
}

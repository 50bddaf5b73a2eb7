import type { Log } from './log.ts';

export interface Repeated<Result> {
  /** Now; a run that is under way counts as this one. */
  run(): Promise<Result>;
  /** Waits for the run that is under way. */
  close(): Promise<void>;
}

interface RepeatOptions<Result> {
  everyMs: number;
  log: Log;
  /** Logged when a run fails; the next one may go better. */
  failure: string;
  onDone?: (result: Result) => void;
}

/**
 * Does work at intervals, never twice at once, and holds up no end of the process.
 *
 * @param work ends early when the signal says so
 */
export function repeat<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { everyMs, log, failure, onDone }: RepeatOptions<Result>,
): Repeated<Result> {
  const closing = new AbortController();
  let running: Promise<Result> | undefined;
  const run = () => {
    running ??= work(closing.signal).finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => {
    run().then(onDone, (err: unknown) => log.warn({ err }, failure));
  }, everyMs).unref();

  return {
    run,
    async close() {
      closing.abort();
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}

interface RetryOptions {
  retryMs: number;
  log: Log;
  /** Logged at each failure. */
  failure: string;
}

/** Beside the service, so that it does not delay the start; retried until it is done. */
export function retryInBackground(work: () => Promise<unknown>, options: RetryOptions): void {
  const { retryMs, log, failure } = options;
  work().catch((err: unknown) => {
    log.warn({ err }, failure);
    setTimeout(() => retryInBackground(work, options), retryMs).unref();
  });
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
/** While a caller waits for the first success. */
const WAITED_FOR_RETRY_MS = 2000;

/** From `least` up to one, so that a fleet does not ask at the same moment. */
const jitter = (least: number): number => least + Math.random() * (1 - least);

/** Until the next fetch after one that succeeded: before its answer is too old. */
export const refreshDelayMs = (maxAgeMs: number): number => maxAgeMs * 0.9 * jitter(0.8);

/** Until the next fetch after one that failed, as the latest of so many in a row. */
export const retryDelayMs = (failures: number, isWaitedFor: boolean): number => {
  const longestMs = isWaitedFor ? WAITED_FOR_RETRY_MS : LAST_RETRY_MS;
  return Math.min(longestMs, FIRST_RETRY_MS * 2 ** (failures - 1)) * jitter(0.5);
};

/** Until the next fetch where a caller starts to wait and none is under way. */
export const waitedForDelayMs = (): number => WAITED_FOR_RETRY_MS * jitter(0.5);

/** Wait for a promise, or for the time to be over. The wait keeps the process running. */
export const settle = async (
  promise: Promise<unknown> | undefined,
  timeoutMs: number,
): Promise<void> => {
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
};

const MAX_CAUSES = 6;
const MAX_LENGTH = 1000;

/**
 * Why something failed, out of its whole chain of causes: Node's fetch itself says only "fetch
 * failed". Judged by shape, since an error of another realm (Jest, `node:vm`) is no `instanceof Error`.
 */
export const reasonOf = (error: unknown): string => {
  const reasons: string[] = [];
  let at = error;
  for (let left = MAX_CAUSES; left > 0 && at !== undefined && at !== null; left--) {
    const reason = messageOf(at);
    if (!reasons.some((known) => known.includes(reason))) reasons.push(reason);
    at = (at as { cause?: unknown }).cause;
  }
  return reasons.join(': ').slice(0, MAX_LENGTH);
};

const messageOf = (error: unknown): string => {
  const { message, code, errors } = Object(error) as Record<string, unknown>;
  // Where a name has several addresses, each has an error and the whole has no message.
  const each = Array.isArray(errors) ? errors.map(messageOf).join(', ') : '';
  const text = typeof message === 'string' && message !== '' ? message : each;
  if (typeof code !== 'string' || text.includes(code)) return text === '' ? String(error) : text;
  return text === '' ? code : `${text} (${code})`;
};

/** What was thrown, as an error; anything else is its cause. */
export const errorFrom = (thrown: unknown): Error => {
  const { message } = Object(thrown) as Record<string, unknown>;
  return typeof message === 'string' ? (thrown as Error) : new Error(String(thrown));
};

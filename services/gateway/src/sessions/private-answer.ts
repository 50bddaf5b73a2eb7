/** What keeps an answer out of caches that others are answered from (RFC 9111 §5.2.2). */
const IS_PRIVATE = /\b(?:private|no-store)\b/i;

/**
 * An answer to a session's token. Caches in front saw no `Authorization`, which would have told them that it
 * is one person's (RFC 9111 §3.5).
 *
 * @param headers names and values in turn
 */
export function keepPrivate(headers: string[]): void {
  let isPrivate = false;
  for (let index = 0; index < headers.length; index += 2) {
    if ((headers[index] as string).toLowerCase() !== 'cache-control') continue;
    const value = headers[index + 1] as string;
    if (!IS_PRIVATE.test(value)) {
      headers[index + 1] = ['private', ...value.split(',').filter(isNotShared)].join(', ');
    }
    isPrivate = true;
  }
  if (!isPrivate) headers.push('Cache-Control', 'private');
  headers.push('Vary', 'Cookie');
}

const isNotShared = (directive: string) => !/^\s*(?:public|s-maxage)\b/i.test(directive);

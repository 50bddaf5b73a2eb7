/** A loopback address, whose port a native app chooses when it runs (RFC 8252 §7.3). */
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/;

/**
 * Compared as text (RFC 9700 §2.1): what would only mean the same is another one. The port of a
 * loopback address may differ.
 */
export function isRegisteredRedirectUri(registered: readonly string[], given: string): boolean {
  if (registered.includes(given)) return true;
  if (!LOOPBACK.test(given) || !URL.canParse(given)) return false;
  return registered.some((uri) => LOOPBACK.test(uri) && withoutPort(uri) === withoutPort(given));
}

/** Whether any program of the person's own computer may be the one that gets the code. */
export const isLoopback = (uri: string): boolean =>
  ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(uri).hostname);

const withoutPort = (uri: string): string =>
  uri.replace(LOOPBACK, (origin) => origin.replace(/:\d{1,5}$/, ''));

import type { Client } from '../clients/client-repository.ts';

/** A loopback address, whose port a native app chooses when it runs (RFC 8252 §7.3). */
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/;
/** Metadata documents of agents name it, and leave the port to the moment as well. */
const LOOPBACK_OR_LOCALHOST = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/;

/**
 * Compared as text (RFC 9700 §2.1): what would only mean the same is another one. The port of a
 * loopback address may differ.
 */
export function isRegisteredRedirectUri(
  { redirectUris, documentFetchedAt }: Pick<Client, 'redirectUris' | 'documentFetchedAt'>,
  given: string,
): boolean {
  if (redirectUris.includes(given)) return true;
  const loopback = documentFetchedAt === null ? LOOPBACK : LOOPBACK_OR_LOCALHOST;
  if (!loopback.test(given) || !URL.canParse(given)) return false;
  const withoutPort = (uri: string) =>
    uri.replace(loopback, (origin) => origin.replace(/:\d{1,5}$/, ''));
  return redirectUris.some((uri) => loopback.test(uri) && withoutPort(uri) === withoutPort(given));
}

/** Whether any program of the person's own computer may be the one that gets the code. */
export const isLoopback = (uri: string): boolean =>
  ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(uri).hostname);

/** Whether a `client_id` is the address of its metadata document rather than a registered name. */
export const isDocumentUrl = (clientId: string): boolean => /^https?:\/\//i.test(clientId);

/**
 * What is wrong with the address of a metadata document or of a key set, if anything. It is written
 * as URLs write it, so that a client has one name: a client that was blocked is not let in under another.
 */
export function urlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') return 'must be an https URL';
  if (url.username !== '' || url.password !== '') return 'must not have a username or password';
  if (text.includes('#')) return 'must not have a fragment';
  if (url.pathname === '/') return 'must have a path';
  if (url.hostname.endsWith('.')) return 'must not have a dot after the host';
  if (url.href !== text) return `must be written as ${url.href}`;
  return undefined;
}

/** A `client_id` as a path holds it: an address is written as `~` and its base64url. */
export function clientIdSegment(clientId: string): string {
  if (!clientId.includes('/')) return clientId;
  const base64 = btoa(clientId).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `~${base64}`;
}

/** A `client_id` as a path holds it: an address is written as `~` and its base64url. */
export function clientIdInPath(id: string): string {
  if (/^[\w.-]{1,64}$/.test(id)) return id;
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(id)));
  return `~${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

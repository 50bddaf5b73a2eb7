const prefixOf = (issuer: string) => `${issuer}/status-lists/`;

/** The address of a list, which is also its name in tokens and in events. */
export const listUri = (issuer: string, id: number): string => `${prefixOf(issuer)}${id}`;

/** The list that a `uri` of ours names. */
export function listIdOf(issuer: string, uri: string): number | undefined {
  const prefix = prefixOf(issuer);
  const id = uri.startsWith(prefix) ? uri.slice(prefix.length) : '';
  return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : undefined;
}

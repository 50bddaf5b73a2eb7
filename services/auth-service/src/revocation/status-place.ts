/** Where the bit is that says whether a token was revoked (Token Status List). */
export interface StatusPlace {
  listId: number;
  index: number;
}

const uriPrefix = (issuer: string) => `${issuer}/status-lists/`;

/** The `status` claim. */
export const statusClaim = (issuer: string, { listId, index }: StatusPlace) => ({
  status_list: { idx: index, uri: `${uriPrefix(issuer)}${listId}` },
});

/** The list that a `uri` of ours names. */
export function listIdOf(issuer: string, uri: string): number | undefined {
  const prefix = uriPrefix(issuer);
  const id = uri.startsWith(prefix) ? uri.slice(prefix.length) : '';
  return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : undefined;
}

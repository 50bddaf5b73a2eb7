import { listUri } from '../status-lists/list-uri.ts';

/** Where the bit is that says whether a token was revoked (Token Status List). */
export interface StatusPlace {
  listId: number;
  index: number;
}

/** The `status` claim. */
export const statusClaim = (issuer: string, { listId, index }: StatusPlace) => ({
  status_list: { idx: index, uri: listUri(issuer, listId) },
});

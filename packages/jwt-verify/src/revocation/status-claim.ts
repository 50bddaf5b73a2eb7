import { isJsonObject, type JsonObject, memberOf } from '../json-object.ts';
import type { Refuse, TokenError } from '../token-error.ts';
import { isIndex } from './list-bits.ts';
import { listIdOf } from './list-uri.ts';

/** Where the bit of a token is. */
export interface StatusReference {
  readonly id: string;
  readonly index: number;
}

/**
 * Read the claim `status` (draft-ietf-oauth-status-list §6.1). Throws `claim_invalid` for another form,
 * and for a list that is not one of the issuer's: its URI is never fetched.
 *
 * @returns nothing where the token has no such claim
 */
export const statusReferenceOf = (
  claims: JsonObject,
  uriBase: string,
  refuse: Refuse,
): StatusReference | undefined => {
  const status = memberOf(claims, 'status');
  if (status === undefined) return undefined;
  const list = isJsonObject(status) ? memberOf(status, 'status_list') : undefined;
  if (!isJsonObject(list)) throw invalid('status.status_list as an object', status, refuse);
  const index = memberOf(list, 'idx');
  if (!isIndex(index)) throw invalid('status.status_list.idx as an index', index, refuse);
  const uri = memberOf(list, 'uri');
  const id = listIdOf(uri, uriBase);
  if (id === undefined) throw invalid(`${uriBase}/ID as status.status_list.uri`, uri, refuse);
  return { id, index };
};

const invalid = (expected: string, actual: unknown, refuse: Refuse): TokenError =>
  refuse('claim_invalid', { step: 'revocation', expected, actual });

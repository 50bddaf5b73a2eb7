import { isJsonObject, memberOf } from '../json-object.ts';
import { isCount } from './list-bits.ts';
import { isListId } from './list-uri.ts';

/**
 * Read a state: the lists there are, and the number of the last change of each. No one signed it.
 *
 * @returns nothing for any other form
 */
export const readStatedLists = (
  data: string,
  maxLists: number,
): ReadonlyMap<string, number> | undefined => {
  let state: unknown;
  try {
    state = JSON.parse(data);
  } catch {
    return undefined;
  }
  const lists = isJsonObject(state) ? memberOf(state, 'lists') : undefined;
  if (!isJsonObject(lists)) return undefined;
  const entries = Object.entries(lists).slice(0, maxLists);
  if (!entries.every(([id, seq]) => isListId(id) && isCount(seq))) return undefined;
  return new Map(entries as [string, number][]);
};

/** What the list shows, as the address holds it: what is left out is the usual. */
export interface TodosView {
  show?: 'open' | 'done';
  sort?: 'priority' | 'title';
  search?: string;
  /** The todo that is being edited. */
  edit?: number;
}

/** The service takes no longer ones. */
export const MAX_SEARCH_LENGTH = 200;

/** Reads an address's query, in which anything may stand. */
export function toView({ show, sort, search, edit }: Record<string, unknown>): TodosView {
  const words = toWords(search);
  const id = Number(edit);
  return {
    ...(show === 'open' || show === 'done' ? { show } : {}),
    ...(sort === 'priority' || sort === 'title' ? { sort } : {}),
    ...(words ? { search: words } : {}),
    ...(Number.isSafeInteger(id) && id > 0 ? { edit: id } : {}),
  };
}

/** `?search=2024` is a number to the router. */
function toWords(search: unknown): string {
  const isText = typeof search === 'string' || typeof search === 'number';
  return isText ? String(search).trim().slice(0, MAX_SEARCH_LENGTH) : '';
}

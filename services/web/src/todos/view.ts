/** What the list shows, as the address holds it: what is left out is the usual. */
export interface TodosView {
  show?: 'open' | 'done';
  sort?: 'priority' | 'title';
  search?: string;
  /** The todo that is being edited. */
  edit?: number;
}

/** The service takes no longer searches, and no more words. */
export const MAX_SEARCH_LENGTH = 200;
const MAX_SEARCH_WORDS = 10;

/** Reads an address's query, in which anything may stand. */
export function toView({ show, sort, search, edit }: Record<string, unknown>): TodosView {
  // `?search=2024` is a number to the router.
  const words = ['string', 'number'].includes(typeof search) ? toWords(`${search}`) : '';
  const id = Number(edit);
  return {
    ...(show === 'open' || show === 'done' ? { show } : {}),
    ...(sort === 'priority' || sort === 'title' ? { sort } : {}),
    ...(words ? { search: words } : {}),
    ...(Number.isSafeInteger(id) && id > 0 ? { edit: id } : {}),
  };
}

/** What of a text is searched for. */
export const toWords = (text: string): string =>
  text.slice(0, MAX_SEARCH_LENGTH).trim().split(/\s+/).slice(0, MAX_SEARCH_WORDS).join(' ');

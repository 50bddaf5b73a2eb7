/** What the pages of administration show, as their addresses say it: it outlasts a sign-in. */
type Search = Record<string, unknown>;

const text = (value: unknown): string | undefined => {
  const read = typeof value === 'number' ? String(value) : value;
  return typeof read === 'string' && read !== '' ? read : undefined;
};

/** Leaves out what is absent, so that an address stays short. */
const present = <Fields extends Record<string, unknown>>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };

/** `person` is the id of the account that is open. */
export const readPeopleSearch = ({ search, person }: Search) =>
  present({ search: text(search), person: text(person) });

/** `client` is the one that is open; `register` when a new one is being filled in. */
export const readClientsSearch = ({ client, register }: Search) =>
  present({ client: text(client), register: register === true ? true : undefined });

const AUDIT_FILTERS = ['type', 'actor', 'subject', 'client_id', 'since', 'until'] as const;
export type AuditSearch = { [Name in (typeof AUDIT_FILTERS)[number]]?: string };

export const readAuditSearch = (search: Search): AuditSearch =>
  present(Object.fromEntries(AUDIT_FILTERS.map((name) => [name, text(search[name])])));

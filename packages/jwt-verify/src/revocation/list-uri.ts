const LIST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The name of the stream, which no list may have. */
const STREAM = 'events';

export const isListId = (id: string): boolean => LIST_ID.test(id) && id !== STREAM;

/** The id of a list, by its URI; `undefined` unless it is exactly the base, a slash and an id. */
export const listIdOf = (uri: unknown, uriBase: string): string | undefined => {
  if (typeof uri !== 'string' || !uri.startsWith(`${uriBase}/`)) return undefined;
  const id = uri.slice(uriBase.length + 1);
  return isListId(id) ? id : undefined;
};

import { z } from 'zod';
import { problems } from './problems.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 200;

/** `?limit=&cursor=`, the same for every list in the system. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`)
    .transform(Number)
    .refine(
      (n) => n >= 1 && n <= MAX_PAGE_SIZE,
      `must be a whole number from 1 to ${MAX_PAGE_SIZE}`,
    )
    .default(DEFAULT_PAGE_SIZE)
    .meta({ description: `Rows a page, 1 to ${MAX_PAGE_SIZE}.` }),
  cursor: z
    .string()
    .max(512)
    .optional()
    .meta({ description: 'Where the next page begins: take it from the `Link` header.' }),
};

/**
 * The page of a list and the cursor of the one after it, or none on the last.
 *
 * @param rows the answer to a query for one row more than `limit`
 * @param keyOf the sort key of a row, which `fromCursor` gives back
 */
export function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => CursorKey,
): { page: Row[]; next: string | undefined } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last !== undefined ? toCursor(keyOf(last)) : undefined;
  return { page, next };
}

type CursorKey = readonly (string | number | boolean)[];

/** A cursor is opaque to clients: the sort key of the last row seen. */
function toCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws Problem `invalid_request` when the cursor does not come from a list of this shape */
export function fromCursor<S extends z.ZodType>(schema: S, cursor: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    const detail = 'cursor: take it as it is from the Link header of the page before';
    throw problems.invalid_request({
      detail,
      errors: [{ in: 'query', field: 'cursor', detail }],
      cause,
    });
  }
}

/** The `Link` header of a page (RFC 8288), or none on the last. `url` is the request's own. */
export function nextPageLink(url: string, cursor: string | undefined): Record<string, string> {
  if (cursor === undefined) return {};
  const next = new URL(url, 'http://relative.invalid');
  next.searchParams.set('cursor', cursor);
  return { Link: `<${next.pathname}${next.search}>; rel="next"` };
}

import type { Guard } from '@latchkey/jwt-verify/express';
import { z } from 'zod';
import { problems } from './problems.ts';
import { ok, type RequestSchemas, type Route, type RouteInput, route } from './route.ts';
import { rowNumber } from './schemas.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 200;
/** Of a title of 200 characters, each written as an escape, in base64. */
const MAX_CURSOR_LENGTH = 2_048;

/** Which rows of a list are asked for. */
export interface Page<SortBy extends string = 'id', Value = number, Id = number> {
  sortBy: SortBy;
  order: 'asc' | 'desc';
  /** The last row seen: `value` is what it has in `sortBy`. */
  after: { value: Value; id: Id } | undefined;
  /** One row more than the page has: whether it comes says whether there is a next page. */
  take: number;
}

type Shape = Record<string, z.ZodType>;

interface ListRoute<
  S extends RequestSchemas,
  G extends Guard,
  Sort extends Shape,
  Id extends z.ZodType,
  Row extends { id: unknown },
> extends Pick<Route<S, G>, 'path' | 'guard' | 'summary' | 'description' | 'request'> {
  /** Beside 200. */
  responses?: Route['responses'];
  /** One row in the answer. */
  item: z.ZodType;
  /** Makes it of a row that `list` returns; without this they are the same. */
  toItem?: (row: Row) => unknown;
  /** What a row's id is in a cursor; `rowNumber` if not given. */
  id?: Id;
  /** What `?sort=` may name beside `id`, and what each is in a cursor. Without this the order is fixed. */
  sort?: Sort;
  /** `id` if not given, the oldest first. */
  defaultSort?: 'id' | '-id';
  /** Returns up to `page.take` rows. */
  list(
    input: RouteInput<S, G>,
    page: Page<
      'id' | (keyof Sort & string),
      z.output<Id> | z.output<Sort[keyof Sort]>,
      z.output<Id>
    >,
  ): Promise<readonly Row[]>;
}

/**
 * Declares `GET` of a list, of which one answer holds one page: `?limit=&cursor=` and, where the
 * order is not fixed, `&sort=`. The next page is in the header `Link` (RFC 8288).
 */
export function listRoute<
  const S extends RequestSchemas = Record<never, never>,
  G extends Guard = Guard,
  Sort extends Shape = Record<never, never>,
  Id extends z.ZodType = typeof rowNumber,
  Row extends { id: unknown } = { id: unknown },
>(definition: ListRoute<S, G, Sort, Id, Row>): Route {
  const {
    request,
    responses,
    item,
    toItem = (row) => row,
    id = rowNumber,
    sort,
    defaultSort = 'id',
    list,
    ...rest
  } = definition;
  const filters: z.ZodObject = request?.query ?? z.object({});
  const query = filters.extend({ ...pageQuery, ...(sort ? sortQuery(sort, defaultSort) : {}) });
  return route({
    ...rest,
    method: 'get',
    request: { ...request, query },
    responses: {
      200: { description: 'One page; the next is in `Link`.', schema: z.array(item) },
      ...responses,
    },
    async handle(input) {
      const { limit, cursor, sort: sorted = defaultSort } = input.query as unknown as PageQuery;
      const sortBy = sorted.replace(/^-/, '');
      const rows = await list(input as unknown as RouteInput<S, G>, {
        sortBy: sortBy as 'id',
        order: sorted.startsWith('-') ? 'desc' : 'asc',
        after: fromCursor(cursor, sort?.[sortBy] ?? id, id) as never,
        take: limit + 1,
      });
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? (shown.at(-1) as Record<string, unknown>) : undefined;
      const next = last && nextPageLink(input.req.url, toCursor(last[sortBy], last.id));
      return ok(shown.map(toItem), next);
    },
  });
}

interface PageQuery {
  limit: number;
  cursor?: string;
  sort?: string;
}

const limitError = `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;

const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, limitError)
    .transform(Number)
    .refine((n) => n >= 1 && n <= MAX_PAGE_SIZE, limitError)
    .default(DEFAULT_PAGE_SIZE)
    .meta({ description: `Rows a page, 1 to ${MAX_PAGE_SIZE}.` }),
  cursor: z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .meta({ description: 'Where the next page begins: take it from the `Link` header.' }),
};

const sortQuery = (sort: Shape, defaultSort: string) => ({
  sort: z
    .enum(['id', ...Object.keys(sort)].flatMap((name) => [name, `-${name}`]))
    .default(defaultSort)
    .meta({ description: 'The member to sort by; a leading `-` reverses the order.' }),
});

/** Opaque to clients: what the last row seen is sorted by, and its id. */
const toCursor = (value: unknown, id: unknown): string =>
  Buffer.from(JSON.stringify([value, id], bigintAsText)).toString('base64url');

const bigintAsText = (_name: string, value: unknown) =>
  typeof value === 'bigint' ? String(value) : value;

/** @throws Problem `invalid_request` for a cursor that does not come from such a list */
function fromCursor(cursor: string | undefined, valueSchema: z.ZodType, idSchema: z.ZodType) {
  if (cursor === undefined) return undefined;
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    const [value, id] = z.tuple([valueSchema, idSchema]).parse(JSON.parse(text));
    return { value, id };
  } catch (cause) {
    const detail = 'cursor: take it as it is from the Link header of the page before';
    const errors = [{ in: 'query', field: 'cursor', detail }] as const;
    throw problems.invalid_request({ detail, errors, cause });
  }
}

/** @param url the request's, which the next page's differs from in its cursor only */
function nextPageLink(url: string, cursor: string): Record<string, string> {
  const next = new URL(url, 'http://relative.invalid');
  next.searchParams.set('cursor', cursor);
  return { Link: `<${next.pathname}${next.search}>; rel="next"` };
}

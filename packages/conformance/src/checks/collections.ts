import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { type Answer, type Exchange, headerOf, memberOf } from '../http/exchange.ts';
import type { Person } from '../issuer/tokens.ts';
import type { Operation } from '../service/api-document.ts';

/** Within the range of 32 bits, and further than a test database counts. */
const ABSENT_NUMBER = '2000000011';
const ITEM = /^(.+)\/\{([^{}]+)\}$/;

/** A path that a POST adds rows to, and the path of one of them. */
export interface Collection {
  readonly create: Operation;
  readonly itemPath: string;
  /** The name of the last parameter of the item's path. */
  readonly parameter: string;
}

export const collectionsOf = ({ guarded }: Context): Collection[] => {
  const found = guarded.flatMap(({ path }): Collection[] => {
    const [, collection = '', parameter = ''] = ITEM.exec(path) ?? [];
    const create = guarded.find((one) => one.method === 'POST' && one.path === collection);
    const isNested = collection.includes('{');
    return create === undefined || isNested ? [] : [{ create, itemPath: path, parameter }];
  });
  return [...new Map(found.map((one) => [one.itemPath, one])).values()];
};

/** The operations at a row's path and below it; DELETE last, since it ends the row. */
export const operationsAt = ({ guarded }: Context, { itemPath }: Collection): Operation[] =>
  guarded
    .filter(({ path }) => path === itemPath || path.startsWith(`${itemPath}/`))
    .toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));

/** Add a row. */
export const createRow = async (
  context: Context,
  { create }: Collection,
  person: Person,
): Promise<{ readonly exchange: Exchange; readonly id: string | undefined }> => {
  const exchange = await context.call(create, { token: context.tokens.mint({ person }) });
  return { exchange, id: idIn(exchange.answer) };
};

const idIn = (answer: Answer): string | undefined => {
  if (answer.status < 200 || answer.status > 299) return undefined;
  const id = memberOf(answer, 'id') ?? headerOf(answer, 'location').split('/').at(-1);
  return typeof id === 'number' || (typeof id === 'string' && id !== '') ? String(id) : undefined;
};

/** Path values of a row that the person has, where the operation is at or below one. */
export const pathToOwnRow = async (
  context: Context,
  operation: Operation,
  person: Person,
): Promise<Record<string, string>> => {
  const collection = collectionsOf(context).find((one) =>
    operationsAt(context, one).includes(operation),
  );
  if (collection === undefined) return {};
  const { id } = await createRow(context, collection, person);
  return id === undefined ? {} : { [collection.parameter]: id };
};

/** An id of the same kind that no row has. */
export const absentLike = (id: string): string => {
  if (/^\d+$/.test(id)) return ABSENT_NUMBER;
  const other = randomUUID();
  return id.length === other.length ? other : other.replaceAll('-', '').slice(0, id.length);
};

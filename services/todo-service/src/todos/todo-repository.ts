import type { Prisma, PrismaClient, Todo } from '../../generated/prisma/client.ts';
import type { SortKey, TodoBody, TodoPatch } from './todo-schemas.ts';

export type { Todo } from '../../generated/prisma/client.ts';

/** A page's place in a list: the sort key and id of the last row seen. */
export interface Position {
  value: string | number | Date;
  id: number;
}

export interface ListCriteria {
  done: boolean | undefined;
  key: SortKey;
  order: 'asc' | 'desc';
  after: Position | undefined;
  limit: number;
}

export type TodoRepository = ReturnType<typeof todoRepository>;

/** Every function takes the owner: no query here can reach another person's row. */
export function todoRepository(db: PrismaClient) {
  return {
    list: (owner: number, criteria: ListCriteria): Promise<Todo[]> =>
      db.todo.findMany({
        where: whereOf(owner, criteria),
        orderBy: [{ [criteria.key]: criteria.order }, { id: criteria.order }],
        take: criteria.limit,
      }),

    find: (owner: number, id: number): Promise<Todo | null> =>
      db.todo.findFirst({ where: { id, owner } }),

    create: (owner: number, data: TodoBody): Promise<Todo> =>
      db.todo.create({ data: { ...data, owner } }),

    async update(owner: number, id: number, data: TodoPatch): Promise<Todo | null> {
      const rows = await db.todo.updateManyAndReturn({
        where: { id, owner },
        data: data as Prisma.TodoUpdateManyMutationInput,
      });
      return rows[0] ?? null;
    },

    async delete(owner: number, id: number): Promise<boolean> {
      const { count } = await db.todo.deleteMany({ where: { id, owner } });
      return count > 0;
    },
  };
}

function whereOf(owner: number, criteria: ListCriteria): Prisma.TodoWhereInput {
  const { done, key, order, after } = criteria;
  const where: Prisma.TodoWhereInput = { owner, ...(done === undefined ? {} : { done }) };
  if (!after) return where;
  const beyond = order === 'asc' ? 'gt' : 'lt';
  return {
    ...where,
    OR: [{ [key]: { [beyond]: after.value } }, { [key]: after.value, id: { [beyond]: after.id } }],
  };
}

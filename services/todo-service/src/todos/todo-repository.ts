import type { Prisma, PrismaClient, Todo } from '../../generated/prisma/client.ts';
import type { TodoBody, TodoFilters, TodoPage, TodoPatch } from './todo-schemas.ts';

export type { Todo } from '../../generated/prisma/client.ts';

export type TodoRepository = ReturnType<typeof todoRepository>;

/** Every function takes the owner: no query here can reach another person's row. */
export function todoRepository(db: PrismaClient) {
  return {
    async list(owner: number, { done }: TodoFilters, page: TodoPage): Promise<Todo[]> {
      const { sortBy, order, take } = page;
      const rows: Todo[] = [];
      for (const range of rangesOf(page)) {
        if (rows.length === take) break;
        const next = await db.todo.findMany({
          where: { owner, ...(done === undefined ? {} : { done }), ...range },
          orderBy: [{ [sortBy]: order }, { id: order }],
          take: take - rows.length,
        });
        rows.push(...next);
      }
      return rows;
    },

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

/**
 * The rows that follow the last one seen, as ranges of the sort key's index: with both in one
 * condition, PostgreSQL would read every row before them too.
 */
function rangesOf({ sortBy, order, after }: TodoPage): Prisma.TodoWhereInput[] {
  if (!after) return [{}];
  const { value, id } = after;
  const beyond = order === 'asc' ? 'gt' : 'lt';
  const following = { [sortBy]: { [beyond]: value } };
  return sortBy === 'id' ? [following] : [{ [sortBy]: value, id: { [beyond]: id } }, following];
}

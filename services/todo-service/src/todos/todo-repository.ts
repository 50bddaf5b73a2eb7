import type { Prisma, PrismaClient, Todo } from '../../generated/prisma/client.ts';
import type { TodoBody, TodoFilters, TodoPage, TodoPatch } from './todo-schemas.ts';

export type { Todo } from '../../generated/prisma/client.ts';

export type TodoRepository = ReturnType<typeof todoRepository>;

/** Every function takes the owner: no query here can reach another person's row. */
export function todoRepository(db: PrismaClient) {
  return {
    list: (owner: number, { done }: TodoFilters, page: TodoPage): Promise<Todo[]> =>
      db.todo.findMany({
        where: { owner, ...(done === undefined ? {} : { done }), ...behind(page) },
        orderBy: [{ [page.sortBy]: page.order }, { id: page.order }],
        take: page.take,
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

/** The rows that follow the last one seen. */
function behind({ sortBy, order, after }: TodoPage): Prisma.TodoWhereInput {
  if (!after) return {};
  const { value, id } = after;
  const beyond = order === 'asc' ? 'gt' : 'lt';
  return { OR: [{ [sortBy]: { [beyond]: value } }, { [sortBy]: value, id: { [beyond]: id } }] };
}

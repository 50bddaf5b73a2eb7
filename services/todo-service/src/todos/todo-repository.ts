import type { Database } from '@latchkey/database/client';
import type { Prisma, PrismaClient, Todo } from '../../generated/prisma/client.ts';
import type { TodoBody, TodoFilters, TodoPage, TodoPatch } from './todo-schemas.ts';

export type { Todo } from '../../generated/prisma/client.ts';

export type TodoRepository = ReturnType<typeof todoRepository>;

/** Every function takes the owner: no query here can reach another person's row. */
export function todoRepository({ client: db, pool }: Database<PrismaClient>) {
  return {
    async list(owner: number, { done }: TodoFilters, page: TodoPage): Promise<Todo[]> {
      const position = page.after ? [page.after.value, page.after.id] : [];
      const values = [owner, done, page.take, ...position];
      return (await pool.query<Todo>({ ...listStatement(page), values })).rows;
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

const COLUMNS = { id: 'id', priority: 'priority', title: 'title', createdAt: 'created_at' };

/**
 * $1 owner, $2 done, $3 rows, $4 and $5 the last row seen. Not asked through Prisma, whose part was
 * 30 % of the request's CPU (docs/decisions/090).
 */
function listStatement({ sortBy, order, after }: TodoPage) {
  const column = COLUMNS[sortBy];
  const behind = `AND (${column}, id) ${order === 'asc' ? '>' : '<'} ($4, $5)`;
  return {
    name: `latchkey-todos-${sortBy}-${order}-${after ? 'behind' : 'first'}`,
    text: `
      SELECT id, owner, title, description, priority, done,
        created_at AS "createdAt", updated_at AS "updatedAt"
      FROM todo
      WHERE owner = $1 AND ($2::boolean IS NULL OR done = $2) ${after ? behind : ''}
      ORDER BY ${column} ${order}, id ${order} LIMIT $3`,
  };
}

import type { Database } from '@latchkey/database/client';
import type { Prisma, PrismaClient, Todo } from '../../generated/prisma/client.ts';
import type { TodoBody, TodoFilters, TodoPage, TodoPatch } from './todo-schemas.ts';

export type { Todo } from '../../generated/prisma/client.ts';

export type TodoRepository = ReturnType<typeof todoRepository>;

/** Every function takes the owner: no query here can reach another person's row. */
export function todoRepository({ client: db, pool }: Database<PrismaClient>) {
  return {
    async list(owner: number, { done, search }: TodoFilters, page: TodoPage): Promise<Todo[]> {
      const position = page.after ? [page.after.value, page.after.id] : [];
      const words = search?.map(containing);
      const values = [owner, done, page.take, ...position, ...(words ? [words] : [])];
      const statement = listStatement(page, words !== undefined);
      return (await pool.query<Todo>({ ...statement, values })).rows;
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

/** The pattern of LIKE for text with this word in it. */
const containing = (word: string) => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`;

/**
 * $1 owner, $2 done, $3 rows, then value and id of the last row seen, then patterns that all fit. Not asked
 * through Prisma, whose part was 30 % of the request's CPU (docs/decisions/090).
 */
function listStatement({ sortBy, order, after }: TodoPage, isSearch: boolean) {
  const column = COLUMNS[sortBy];
  const behind = after ? `AND (${column}, id) ${order === 'asc' ? '>' : '<'} ($4, $5)` : '';
  const patterns = after ? '$6' : '$4';
  const fits = isSearch
    ? `AND (title || E'\\n' || description) ILIKE ALL (${patterns}::text[])`
    : '';
  return {
    name: `latchkey-todos-${sortBy}-${order}-${after ? 'behind' : 'first'}${isSearch ? '-search' : ''}`,
    text: `
      SELECT id, owner, title, description, priority, done,
        created_at AS "createdAt", updated_at AS "updatedAt"
      FROM todo
      WHERE owner = $1 AND ($2::boolean IS NULL OR done = $2) ${behind} ${fits}
      ORDER BY ${column} ${order}, id ${order} LIMIT $3`,
  };
}

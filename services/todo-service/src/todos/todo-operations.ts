import { fromCursor, toPage } from '@latchkey/service-kit/http/pagination';
import type { Person } from '@latchkey/service-kit/http/person';
import { exactText, instant, rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { problems } from '../errors.ts';
import type { Position, Todo, TodoRepository } from './todo-repository.ts';
import type { SortKey, TodoBody, TodoListQuery, TodoPatch } from './todo-schemas.ts';

export type TodoOperations = ReturnType<typeof todoOperations>;

export function todoOperations(todos: TodoRepository) {
  return {
    async list(person: Person, query: TodoListQuery) {
      const order = query.sort.startsWith('-') ? 'desc' : 'asc';
      const key = query.sort.replace(/^-/, '') as SortKey;
      const { done, limit, cursor } = query;
      const after = cursor === undefined ? undefined : positionFrom(key, cursor);
      const rows = await todos.list(person.id, { done, key, order, after, limit: limit + 1 });
      const { page, next } = toPage(rows, limit, (todo) => [keyOf(todo, key), todo.id]);
      return { todos: page.map(toTodo), next };
    },

    async read(person: Person, id: number) {
      return toTodo((await todos.find(person.id, id)) ?? notFound());
    },

    async create(person: Person, body: TodoBody) {
      return toTodo(await todos.create(person.id, body));
    },

    async update(person: Person, id: number, change: TodoBody | TodoPatch) {
      return toTodo((await todos.update(person.id, id, change)) ?? notFound());
    },

    async delete(person: Person, id: number): Promise<void> {
      if (!(await todos.delete(person.id, id))) notFound();
    },
  };
}

function notFound(): never {
  throw problems.todo_not_found();
}

function toTodo({ owner: _, createdAt, updatedAt, ...rest }: Todo) {
  return { ...rest, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

const positions = {
  id: z.tuple([rowNumber, rowNumber]),
  priority: z.tuple([z.int32(), rowNumber]),
  title: z.tuple([exactText({ max: 200 }), rowNumber]),
  createdAt: z.tuple([instant, rowNumber]),
} satisfies Record<SortKey, z.ZodType>;

function positionFrom(key: SortKey, cursor: string): Position {
  const [value, id] = fromCursor(positions[key], cursor);
  return { value, id };
}

function keyOf(todo: Todo, key: SortKey): string | number {
  const value = todo[key];
  return value instanceof Date ? value.toISOString() : value;
}

import type { Person } from '@latchkey/service-kit/http/person';
import { problems } from '../errors.ts';
import type { Todo, TodoRepository } from './todo-repository.ts';
import type { TodoBody, TodoFilters, TodoPage, TodoPatch } from './todo-schemas.ts';

export type TodoOperations = ReturnType<typeof todoOperations>;

export function todoOperations(todos: TodoRepository) {
  return {
    async list(person: Person, filters: TodoFilters, page: TodoPage) {
      return (await todos.list(person.id, filters, page)).map(toTodo);
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

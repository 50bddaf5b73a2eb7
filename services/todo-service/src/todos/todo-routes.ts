import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import { createdIn, noContent, ok, route } from '@latchkey/service-kit/http/route';
import type { TodoOperations } from './todo-operations.ts';
import {
  todoBody,
  todoFilters,
  todoParams,
  todoPatch,
  todoSchema,
  todoSort,
} from './todo-schemas.ts';

interface Dependencies {
  todos: TodoOperations;
  requireToken: RequireToken;
}

export function todoRoutes({ todos, requireToken }: Dependencies) {
  const mayRead = requireToken({ scope: 'todo:read' });
  const mayWrite = requireToken({ scope: 'todo:write' });
  const todo = { description: 'The todo.', schema: todoSchema };
  const absent = { description: 'No todo of yours has this id.' };

  return [
    listRoute({
      path: '/todo',
      guard: mayRead,
      summary: 'List your todos',
      request: { query: todoFilters },
      sort: todoSort,
      item: todoSchema,
      list: ({ person, query }, page) => todos.list(person, query, page),
    }),
    route({
      method: 'post',
      path: '/todo',
      guard: mayWrite,
      summary: 'Create a todo',
      request: { body: todoBody },
      responses: { 201: todo },
      handle: async ({ person, body }) => createdIn('/todo', await todos.create(person, body)),
    }),
    route({
      method: 'get',
      path: '/todo/:id',
      guard: mayRead,
      summary: 'Read a todo',
      request: { params: todoParams },
      responses: { 200: todo, 404: absent },
      handle: async ({ person, params }) => ok(await todos.read(person, params.id)),
    }),
    route({
      method: 'put',
      path: '/todo/:id',
      guard: mayWrite,
      summary: 'Replace a todo',
      request: { params: todoParams, body: todoBody },
      responses: { 200: todo, 404: absent },
      handle: async ({ person, params, body }) => ok(await todos.update(person, params.id, body)),
    }),
    route({
      method: 'patch',
      path: '/todo/:id',
      guard: mayWrite,
      summary: 'Change members of a todo',
      request: { params: todoParams, body: todoPatch },
      responses: { 200: todo, 404: absent },
      handle: async ({ person, params, body }) => ok(await todos.update(person, params.id, body)),
    }),
    route({
      method: 'delete',
      path: '/todo/:id',
      guard: mayWrite,
      summary: 'Delete a todo',
      request: { params: todoParams },
      responses: { 204: { description: 'Deleted.' }, 404: absent },
      async handle({ person, params }) {
        await todos.delete(person, params.id);
        return noContent;
      },
    }),
  ];
}

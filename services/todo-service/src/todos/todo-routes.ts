import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { nextPageLink } from '@latchkey/service-kit/http/pagination';
import { personOf } from '@latchkey/service-kit/http/person';
import { created, noContent, ok, route } from '@latchkey/service-kit/http/route';
import type { TodoOperations } from './todo-operations.ts';
import {
  todoBody,
  todoListQuery,
  todoListSchema,
  todoParams,
  todoPatch,
  todoSchema,
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
    route({
      method: 'get',
      path: '/todo',
      guard: mayRead,
      summary: 'List your todos',
      request: { query: todoListQuery },
      responses: {
        200: { description: 'One page; the next is in `Link`.', schema: todoListSchema },
      },
      async handle({ auth, query, req }) {
        const page = await todos.list(personOf(auth), query);
        return ok(page.todos, nextPageLink(req.url, page.next));
      },
    }),
    route({
      method: 'post',
      path: '/todo',
      guard: mayWrite,
      summary: 'Create a todo',
      request: { body: todoBody },
      responses: { 201: todo },
      async handle({ auth, body }) {
        const made = await todos.create(personOf(auth), body);
        return created(made, `/todo/${made.id}`);
      },
    }),
    route({
      method: 'get',
      path: '/todo/:id',
      guard: mayRead,
      summary: 'Read a todo',
      request: { params: todoParams },
      responses: { 200: todo, 404: absent },
      handle: async ({ auth, params }) => ok(await todos.read(personOf(auth), params.id)),
    }),
    route({
      method: 'put',
      path: '/todo/:id',
      guard: mayWrite,
      summary: 'Replace a todo',
      request: { params: todoParams, body: todoBody },
      responses: { 200: todo, 404: absent },
      handle: async ({ auth, params, body }) =>
        ok(await todos.update(personOf(auth), params.id, body)),
    }),
    route({
      method: 'patch',
      path: '/todo/:id',
      guard: mayWrite,
      summary: 'Change members of a todo',
      request: { params: todoParams, body: todoPatch },
      responses: { 200: todo, 404: absent },
      handle: async ({ auth, params, body }) =>
        ok(await todos.update(personOf(auth), params.id, body)),
    }),
    route({
      method: 'delete',
      path: '/todo/:id',
      guard: mayWrite,
      summary: 'Delete a todo',
      request: { params: todoParams },
      responses: { 204: { description: 'Deleted.' }, 404: absent },
      async handle({ auth, params }) {
        await todos.delete(personOf(auth), params.id);
        return noContent;
      },
    }),
  ];
}

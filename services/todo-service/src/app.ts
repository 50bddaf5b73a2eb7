import { createServiceApp } from '@latchkey/service-kit/http/app';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import type { Store } from './store.ts';
import { todoOperations } from './todos/todo-operations.ts';
import { todoRoutes } from './todos/todo-routes.ts';

export function createApp(parts: AppParts<Store>) {
  const { store, requireToken } = parts;
  return createServiceApp({
    ...parts,
    routes: todoRoutes({ todos: todoOperations(store.todos), requireToken }),
  });
}

import { type Database, isDatabaseAway } from '@latchkey/database/client';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { todoOperations } from './todos/todo-operations.ts';
import { todoRepository } from './todos/todo-repository.ts';
import { todoRoutes } from './todos/todo-routes.ts';

export function createApp(parts: AppParts<Database<PrismaClient>>) {
  const { database, requireToken } = parts;
  const todos = todoOperations(todoRepository(database));
  return createServiceApp({
    ...parts,
    isUnavailable: isDatabaseAway,
    routes: todoRoutes({ todos, requireToken }),
  });
}

import { isDatabaseAway } from '@latchkey/database/client';
import type { Verifier } from '@latchkey/jwt-verify';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import { requireTokenFrom } from '@latchkey/service-kit/http/guard';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Health } from '@latchkey/service-kit/process/health';
import type { Log } from '@latchkey/service-kit/process/log';
import { todoOperations } from './todos/todo-operations.ts';
import type { TodoRepository } from './todos/todo-repository.ts';
import { todoRoutes } from './todos/todo-routes.ts';

export interface AppDependencies {
  service: ServiceJson;
  log: Log;
  health: Health;
  verifier: Verifier;
  todos: TodoRepository;
}

export function createApp({ service, log, health, verifier, todos }: AppDependencies) {
  const requireToken = requireTokenFrom(verifier);
  return createServiceApp({
    service,
    log,
    health,
    isUnavailable: isDatabaseAway,
    routes: todoRoutes({ todos: todoOperations(todos), requireToken }),
  });
}

import { openDatabase } from '@latchkey/database/client';
import { PrismaClient } from '../generated/prisma/client.ts';
import { todoRepository } from './todos/todo-repository.ts';

export type Store = ReturnType<typeof openStore>;

export function openStore(url: string) {
  const database = openDatabase(PrismaClient, { url });
  const { ping, close, isAway } = database;
  return { todos: todoRepository(database), ping, close, isAway };
}

import { openDatabase } from '@latchkey/database/client';
import { PrismaClient } from '../generated/prisma/client.ts';
import { sessionRepository } from './sessions/session-repository.ts';

export type Store = ReturnType<typeof openStore>;

export function openStore(url: string) {
  const { client, close, isAway } = openDatabase(PrismaClient, { url });
  return { sessions: sessionRepository(client), close, isAway };
}

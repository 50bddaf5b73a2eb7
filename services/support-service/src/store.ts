import { openDatabase } from '@latchkey/database/client';
import { PrismaClient } from '../generated/prisma/client.ts';
import { messageRepository } from './messages/message-repository.ts';
import { ticketRepository } from './tickets/ticket-repository.ts';

export type Store = ReturnType<typeof openStore>;

export function openStore(url: string) {
  const { client, ping, close, isAway } = openDatabase(PrismaClient, { url });
  return {
    tickets: ticketRepository(client),
    messages: messageRepository(client),
    ping,
    close,
    isAway,
  };
}

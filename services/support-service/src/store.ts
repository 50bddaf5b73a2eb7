import { openDatabase } from '@latchkey/database/client';
import { PrismaClient } from '../generated/prisma/client.ts';
import { ticketChangeRepository } from './changes/ticket-change-repository.ts';
import { messageRepository } from './messages/message-repository.ts';
import { ticketRepository } from './tickets/ticket-repository.ts';

export type Store = ReturnType<typeof openStore>;

export function openStore(url: string) {
  const { client, pool, ping, isAway, ...database } = openDatabase(PrismaClient, { url });
  const changes = ticketChangeRepository({ pool });
  return {
    tickets: ticketRepository(client),
    messages: messageRepository(client),
    changes,
    ping,
    isAway,
    async close() {
      await changes.close();
      await database.close();
    },
  };
}

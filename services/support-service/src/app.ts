import { type Database, isDatabaseAway } from '@latchkey/database/client';
import type { CalledService } from '@latchkey/service-kit/calling/called-service';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { messageOperations } from './messages/message-operations.ts';
import { messageRepository } from './messages/message-repository.ts';
import { messageRoutes } from './messages/message-routes.ts';
import { ticketOperations } from './tickets/ticket-operations.ts';
import { ticketRepository } from './tickets/ticket-repository.ts';
import { ticketRoutes } from './tickets/ticket-routes.ts';
import { todoLookup } from './todos/todo-lookup.ts';

interface Parts extends AppParts<Database<PrismaClient>> {
  todoService: CalledService;
}

export function createApp(parts: Parts) {
  const { database, requireToken, todoService } = parts;
  const tickets = ticketRepository(database.client);
  const messages = messageRepository(database.client);
  const findTodo = todoLookup(todoService);
  return createServiceApp({
    ...parts,
    isUnavailable: isDatabaseAway,
    routes: [
      ...ticketRoutes({ tickets: ticketOperations(tickets, findTodo), requireToken }),
      ...messageRoutes({ messages: messageOperations(tickets, messages), requireToken }),
    ],
  });
}

import type { CalledService } from '@latchkey/service-kit/calling/called-service';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import { messageOperations } from './messages/message-operations.ts';
import { messageRoutes } from './messages/message-routes.ts';
import type { Store } from './store.ts';
import { ticketOperations } from './tickets/ticket-operations.ts';
import { ticketRoutes } from './tickets/ticket-routes.ts';
import { todoLookup } from './todos/todo-lookup.ts';

interface Parts extends AppParts<Store> {
  todoService: CalledService;
}

export function createApp(parts: Parts) {
  const { requireToken } = parts;
  const { tickets, messages } = parts.store;
  const findTodo = todoLookup(parts.todoService);
  return createServiceApp({
    ...parts,
    routes: [
      ...ticketRoutes({ tickets: ticketOperations(tickets, findTodo), requireToken }),
      ...messageRoutes({ messages: messageOperations(tickets, messages), requireToken }),
    ],
  });
}

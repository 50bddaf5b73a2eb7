import type { CalledService } from '@latchkey/service-kit/calling/called-service';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import type { AppParts } from '@latchkey/service-kit/starting/service-main';
import { ticketEventRoutes } from './changes/ticket-event-routes.ts';
import { ticketStreams } from './changes/ticket-streams.ts';
import { messageOperations } from './messages/message-operations.ts';
import { messageRoutes } from './messages/message-routes.ts';
import type { Store } from './store.ts';
import { ticketOperations } from './tickets/ticket-operations.ts';
import { ticketRoutes } from './tickets/ticket-routes.ts';
import { todoLookup } from './todos/todo-lookup.ts';

interface Settings {
  /** Most streams of changes at once. */
  TICKET_STREAMS: number;
}

interface Parts extends AppParts<Store, Settings> {
  todoService: CalledService;
}

export function createApp(parts: Parts) {
  const { requireToken, hasEnded, settings, log } = parts;
  const { tickets, messages, changes } = parts.store;
  const findTodo = todoLookup(parts.todoService);
  const streams = ticketStreams({ changes, hasEnded, limit: settings.TICKET_STREAMS, log });
  return createServiceApp({
    ...parts,
    routes: [
      ...ticketEventRoutes({ streams, requireToken }),
      ...ticketRoutes({ tickets: ticketOperations(tickets, findTodo), requireToken }),
      ...messageRoutes({ messages: messageOperations(tickets, messages), requireToken }),
    ],
  });
}

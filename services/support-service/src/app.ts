import { isDatabaseAway } from '@latchkey/database/client';
import type { Verifier } from '@latchkey/jwt-verify';
import type { ServiceClient } from '@latchkey/service-kit/calling/service-client';
import type { ExchangeToken } from '@latchkey/service-kit/calling/token-exchange';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import { requireTokenFrom } from '@latchkey/service-kit/http/guard';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Health } from '@latchkey/service-kit/process/health';
import type { Log } from '@latchkey/service-kit/process/log';
import { messageOperations } from './messages/message-operations.ts';
import type { MessageRepository } from './messages/message-repository.ts';
import { messageRoutes } from './messages/message-routes.ts';
import { ticketOperations } from './tickets/ticket-operations.ts';
import type { TicketRepository } from './tickets/ticket-repository.ts';
import { ticketRoutes } from './tickets/ticket-routes.ts';
import { todoLookup } from './todos/todo-lookup.ts';
import { exchangedToken, personsOwnToken } from './todos/todo-token.ts';

export interface AppDependencies {
  service: ServiceJson;
  log: Log;
  health: Health;
  verifier: Verifier;
  todoService: ServiceClient;
  /** Absent where tokens cannot be exchanged: the person's own is passed on then. */
  exchangeToken?: ExchangeToken | undefined;
  tickets: TicketRepository;
  messages: MessageRepository;
}

export function createApp(deps: AppDependencies) {
  const { service, log, health, verifier, todoService, tickets, messages } = deps;
  const requireToken = requireTokenFrom(verifier);
  const { challenge } = verifier;
  const { exchangeToken } = deps;
  const tokenForTodoService = exchangeToken
    ? exchangedToken(exchangeToken, challenge)
    : personsOwnToken;
  const findTodo = todoLookup({ todoService, tokenForTodoService, challenge });
  return createServiceApp({
    service,
    log,
    health,
    isUnavailable: isDatabaseAway,
    routes: [
      ...ticketRoutes({ tickets: ticketOperations(tickets, findTodo), requireToken }),
      ...messageRoutes({ messages: messageOperations(tickets, messages), requireToken }),
    ],
  });
}

import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import { createdIn, ok, route } from '@latchkey/service-kit/http/route';
import { viewerOf } from '../viewer.ts';
import type { TicketOperations } from './ticket-operations.ts';
import {
  ticketBody,
  ticketFilters,
  ticketParams,
  ticketPatch,
  ticketSchema,
  ticketSort,
} from './ticket-schemas.ts';

interface Dependencies {
  tickets: TicketOperations;
  requireToken: RequireToken;
}

export function ticketRoutes({ tickets, requireToken }: Dependencies) {
  const mayRead = requireToken({ scope: 'tickets:read' });
  const mayWrite = requireToken({ scope: 'tickets:write' });
  const ticket = { description: 'The ticket.', schema: ticketSchema };
  const absent = { description: 'No ticket that you may see has this id.' };

  return [
    listRoute({
      path: '/tickets',
      guard: mayRead,
      summary: 'List your tickets',
      description: 'Your own; with the role `agent`, all tickets.',
      request: { query: ticketFilters },
      sort: ticketSort,
      defaultSort: '-id',
      item: ticketSchema,
      list: ({ auth, query }, page) => tickets.list(viewerOf(auth), query, page),
    }),
    route({
      method: 'post',
      path: '/tickets',
      guard: mayWrite,
      summary: 'Open a ticket',
      description: 'With `todoId`, the token must also allow `todo:read` at todo-service.',
      request: { body: ticketBody },
      responses: { 201: ticket, 422: { description: 'You have no todo with the id `todoId`.' } },
      async handle({ auth, body, context }) {
        const opened = await tickets.open(viewerOf(auth), { auth, context }, body);
        return createdIn('/tickets', opened);
      },
    }),
    route({
      method: 'get',
      path: '/tickets/:id',
      guard: mayRead,
      summary: 'Read a ticket',
      request: { params: ticketParams },
      responses: { 200: ticket, 404: absent },
      handle: async ({ auth, params }) => ok(await tickets.read(viewerOf(auth), params.id)),
    }),
    route({
      method: 'patch',
      path: '/tickets/:id',
      guard: mayWrite,
      summary: 'Close or reopen a ticket',
      description: 'By its owner or an agent. Setting the status that it has changes nothing.',
      request: { params: ticketParams, body: ticketPatch },
      responses: { 200: ticket, 404: absent },
      handle: async ({ auth, params, body }) =>
        ok(await tickets.setStatus(viewerOf(auth), params.id, body.status)),
    }),
  ];
}

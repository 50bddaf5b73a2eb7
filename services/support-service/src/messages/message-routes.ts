import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import { route } from '@latchkey/service-kit/http/route';
import { ticketParams } from '../tickets/ticket-schemas.ts';
import { viewerOf } from '../viewer.ts';
import type { MessageOperations } from './message-operations.ts';
import { messageBody, messageSchema } from './message-schemas.ts';

interface Dependencies {
  messages: MessageOperations;
  requireToken: RequireToken;
}

export function messageRoutes({ messages, requireToken }: Dependencies) {
  const absent = { description: 'No ticket that you may see has this id.' };

  return [
    listRoute({
      path: '/tickets/:id/messages',
      guard: requireToken({ scope: 'tickets:read' }),
      summary: 'List the messages of a ticket',
      description: 'Oldest first.',
      request: { params: ticketParams },
      responses: { 404: absent },
      item: messageSchema,
      list: ({ auth, params }, page) => messages.list(viewerOf(auth), params.id, page),
    }),
    route({
      method: 'post',
      path: '/tickets/:id/messages',
      guard: requireToken({ scope: 'tickets:write' }),
      summary: 'Write a message',
      description: 'An agent’s makes the ticket `answered`, its owner’s makes it `open`.',
      request: { params: ticketParams, body: messageBody },
      responses: {
        201: { description: 'The message.', schema: messageSchema },
        404: absent,
        409: { description: 'The ticket is closed.' },
      },
      handle: async ({ auth, params, body }) => ({
        status: 201,
        body: await messages.add(viewerOf(auth), params.id, body.text),
      }),
    }),
  ];
}

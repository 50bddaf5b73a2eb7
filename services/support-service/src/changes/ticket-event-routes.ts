import { EVENT_STREAM_TYPE, eventStream } from '@latchkey/service-kit/http/event-stream';
import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { viewerOf } from '../viewer.ts';
import type { TicketStreams } from './ticket-streams.ts';

interface Dependencies {
  streams: TicketStreams;
  requireToken: RequireToken;
}

const streamSchema = z.string().meta({
  example: 'event: ticket\ndata: {"id":7,"change":"message"}\n\n',
});

export function ticketEventRoutes({ streams, requireToken }: Dependencies) {
  return [
    route({
      method: 'get',
      path: '/tickets/events',
      guard: requireToken({ scope: 'tickets:read' }),
      summary: 'Each change of your tickets as it happens',
      description:
        'Server-sent events `ticket` with `{"id": 7, "change": "opened" | "message" | "status"}`; with the role `agent`, of all tickets. ' +
        'Ends with the token. What happened while no stream was open is not repeated: read again after each opening.',
      responses: {
        200: {
          description: 'Does not end by itself.',
          schema: streamSchema,
          contentType: EVENT_STREAM_TYPE,
        },
        429: { description: 'You have too many of these open; see `Retry-After`.' },
        503: { description: 'No updates here now; see `Retry-After`.' },
      },
      handle({ auth }) {
        streams.assertOpen(viewerOf(auth));
        return eventStream((res) => streams.listen(auth, res));
      },
    }),
  ];
}

import { fromCursor, toPage } from '@latchkey/service-kit/http/pagination';
import { rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { problems } from '../errors.ts';
import type { TicketRepository } from '../tickets/ticket-repository.ts';
import { actorOn, type Viewer } from '../tickets/viewer.ts';
import type { Message, MessageRepository } from './message-repository.ts';
import type { MessageListQuery } from './message-schemas.ts';

export type MessageOperations = ReturnType<typeof messageOperations>;

const position = z.tuple([rowNumber]);

export function messageOperations(
  tickets: Pick<TicketRepository, 'find'>,
  messages: MessageRepository,
) {
  const findTicket = async (viewer: Viewer, id: number) => {
    const ticket = await tickets.find(viewer, id);
    if (!ticket) throw problems.ticket_not_found();
    return ticket;
  };

  return {
    async list(viewer: Viewer, ticketId: number, { limit, cursor }: MessageListQuery) {
      const ticket = await findTicket(viewer, ticketId);
      const [after] = cursor === undefined ? [0] : fromCursor(position, cursor);
      const rows = await messages.list(ticket.id, after, limit + 1);
      const { page, next } = toPage(rows, limit, ({ id }) => [id]);
      return { messages: page.map(toMessage), next };
    },

    async add(viewer: Viewer, ticketId: number, text: string) {
      const ticket = await findTicket(viewer, ticketId);
      const message = await messages.add(actorOn(ticket, viewer), ticket.id, text);
      if (!message) throw problems.ticket_closed();
      return toMessage(message);
    },
  };
}

function toMessage({ id, authorName, authorAgent, text, createdAt }: Message) {
  return {
    id,
    author: { username: authorName, agent: authorAgent },
    text,
    createdAt: createdAt.toISOString(),
  };
}

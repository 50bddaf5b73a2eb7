import type { Page } from '@latchkey/service-kit/http/list-route';
import { problems } from '../errors.ts';
import type { TicketRepository } from '../tickets/ticket-repository.ts';
import { actorOn, type Viewer } from '../viewer.ts';
import type { Message, MessageRepository } from './message-repository.ts';

export type MessageOperations = ReturnType<typeof messageOperations>;

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
    async list(viewer: Viewer, ticketId: number, page: Page) {
      const ticket = await findTicket(viewer, ticketId);
      return (await messages.list(ticket.id, page)).map(toMessage);
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

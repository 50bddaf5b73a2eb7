import type { Page } from '@latchkey/service-kit/http/list-route';
import type { Message, PrismaClient } from '../../generated/prisma/client.ts';
import { announceChange } from '../changes/ticket-change-repository.ts';
import { changedBy } from '../tickets/ticket-repository.ts';
import type { Viewer } from '../viewer.ts';

export type { Message } from '../../generated/prisma/client.ts';

export type MessageRepository = ReturnType<typeof messageRepository>;

/** Takes tickets that the ticket repository has found for the viewer. */
export function messageRepository(db: PrismaClient) {
  return {
    /** Oldest first. */
    list: (ticketId: number, { after, take }: Page): Promise<Message[]> =>
      db.message.findMany({
        where: { ticketId, id: { gt: after?.id ?? 0 } },
        orderBy: { id: 'asc' },
        take,
      }),

    /**
     * Null when the ticket is closed. The update locks the ticket's row until the message is in, so
     * ids follow the order of writing, the last message decides the status, and none slips in
     * behind a closing.
     */
    add: (author: Viewer, ticketId: number, text: string): Promise<Message | null> =>
      db.$transaction(async (transaction) => {
        const [ticket] = await transaction.ticket.updateManyAndReturn({
          where: { id: ticketId, status: { not: 'closed' } },
          data: { status: author.agent ? 'answered' : 'open', ...changedBy(author) },
          select: { owner: true },
        });
        if (!ticket) return null;
        await announceChange(transaction, { ...ticket, id: ticketId, change: 'message' });
        return transaction.message.create({
          data: {
            ticketId,
            author: author.id,
            authorName: author.username,
            authorAgent: author.agent,
            text,
          },
        });
      }),
  };
}

import type { Page } from '@latchkey/service-kit/http/list-route';
import type { Prisma, PrismaClient, Ticket } from '../../generated/prisma/client.ts';
import type { TicketChange } from '../changes/ticket-change.ts';
import { announceChange } from '../changes/ticket-change-repository.ts';
import type { LinkedTodo } from '../todos/todo-lookup.ts';
import type { SettableStatus, TicketFilters } from './ticket-schemas.ts';
import type { Viewer } from './viewer.ts';

export type { Ticket } from '../../generated/prisma/client.ts';

export interface NewTicket {
  subject: string;
  message: string;
  todo: LinkedTodo | undefined;
}

export type TicketRepository = ReturnType<typeof ticketRepository>;

/** Every function takes the viewer: no query here can reach a ticket that they may not see. */
export function ticketRepository(db: PrismaClient) {
  return {
    list: (viewer: Viewer, filters: TicketFilters, page: Page): Promise<Ticket[]> => {
      const { status, owner: ownerName } = filters;
      const { order, after, take } = page;
      return db.ticket.findMany({
        where: {
          ...visibleTo(viewer),
          ...(status === undefined ? {} : { status }),
          ...(ownerName === undefined ? {} : { ownerName }),
          ...(after === undefined ? {} : { id: { [order === 'asc' ? 'gt' : 'lt']: after.id } }),
        },
        orderBy: { id: order },
        take,
      });
    },

    find: (viewer: Viewer, id: number): Promise<Ticket | null> =>
      db.ticket.findFirst({ where: { ...visibleTo(viewer), id } }),

    /** The ticket and its first message, in one transaction. */
    open: (viewer: Viewer, { subject, message, todo }: NewTicket): Promise<Ticket> =>
      db.$transaction(async (transaction) => {
        const ticket = await transaction.ticket.create({
          data: {
            owner: viewer.id,
            ownerName: viewer.username,
            subject,
            todoId: todo?.id ?? null,
            todoTitle: todo?.title ?? null,
            ...changedBy({ ...viewer, agent: false }),
            messages: {
              create: {
                author: viewer.id,
                authorName: viewer.username,
                authorAgent: false,
                text: message,
              },
            },
          },
        });
        await announce(transaction, ticket, 'opened');
        return ticket;
      }),

    /** Null when the ticket has this status already: of two at once, the first is recorded. */
    setStatus: (actor: Viewer, id: number, status: SettableStatus): Promise<Ticket | null> =>
      db.$transaction(async (transaction) => {
        const [ticket] = await transaction.ticket.updateManyAndReturn({
          where: { ...visibleTo(actor), id, status: { not: status } },
          data: { status, ...changedBy(actor) },
        });
        if (!ticket) return null;
        await announce(transaction, ticket, 'status');
        return ticket;
      }),
  };
}

const announce = (
  transaction: Prisma.TransactionClient,
  { id, owner }: Ticket,
  change: TicketChange['change'],
) => announceChange(transaction, { id, owner, change });

/** The columns that say who changed a ticket last; `updatedAt` goes with them by itself. */
export const changedBy = ({ id, username, agent }: Viewer) => ({
  updatedBy: id,
  updatedByName: username,
  updatedByAgent: agent,
});

const visibleTo = (viewer: Viewer) => (viewer.agent ? {} : { owner: viewer.id });

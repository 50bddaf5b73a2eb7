import type { Prisma, PrismaClient, Ticket } from '../../generated/prisma/client.ts';
import type { TicketChange } from '../changes/ticket-change.ts';
import { announceChange } from '../changes/ticket-change-repository.ts';
import type { LinkedTodo } from '../todos/todo-lookup.ts';
import type { Viewer } from '../viewer.ts';
import type { SettableStatus, TicketFilters, TicketPage } from './ticket-schemas.ts';

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
    list: (viewer: Viewer, filters: TicketFilters, page: TicketPage): Promise<Ticket[]> => {
      const { status, owner: ownerName } = filters;
      const { sortBy, order, take } = page;
      return db.ticket.findMany({
        where: {
          ...visibleTo(viewer),
          AND: [
            status === undefined ? {} : { status },
            ownerName === undefined ? {} : { ownerName },
            behind(page),
          ],
        },
        orderBy: sortBy === 'id' ? { id: order } : [{ updatedAt: order }, { id: order }],
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

/** The rows after the last one seen. */
function behind({ sortBy, order, after }: TicketPage): Prisma.TicketWhereInput {
  if (!after) return {};
  const beyond = order === 'asc' ? 'gt' : 'lt';
  if (sortBy === 'id') return { id: { [beyond]: after.id } };
  const updatedAt = after.value as Date;
  return {
    // Said apart, so that an index is entered here.
    updatedAt: { [`${beyond}e`]: updatedAt },
    OR: [{ updatedAt: { [beyond]: updatedAt } }, { id: { [beyond]: after.id } }],
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

import { fromCursor, toPage } from '@latchkey/service-kit/http/pagination';
import { rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { problems } from '../errors.ts';
import type { Asker, FindTodo } from '../todos/todo-lookup.ts';
import type { Ticket, TicketRepository } from './ticket-repository.ts';
import type { SettableStatus, TicketBody, TicketListQuery } from './ticket-schemas.ts';
import { actorOn, type Viewer } from './viewer.ts';

export type TicketOperations = ReturnType<typeof ticketOperations>;

const position = z.tuple([rowNumber]);

export function ticketOperations(tickets: TicketRepository, findTodo: FindTodo) {
  const find = async (viewer: Viewer, id: number): Promise<Ticket> => {
    const ticket = await tickets.find(viewer, id);
    if (!ticket) throw problems.ticket_not_found();
    return ticket;
  };

  const requireTodo = async (asker: Asker, id: number) => {
    const todo = await findTodo(asker, id);
    if (todo) return todo;
    const { detail } = problems.todo_unknown();
    throw problems.todo_unknown({ errors: [{ in: 'body', field: 'todoId', detail }] });
  };

  return {
    async list(viewer: Viewer, query: TicketListQuery) {
      const { status, owner: ownerName, limit, cursor, sort } = query;
      const order = sort === 'id' ? 'asc' : 'desc';
      const [after] = cursor === undefined ? [] : fromCursor(position, cursor);
      const criteria = { status, ownerName, order, after, limit: limit + 1 } as const;
      const rows = await tickets.list(viewer, criteria);
      const { page, next } = toPage(rows, limit, ({ id }) => [id]);
      return { tickets: page.map(toTicket), next };
    },

    async open(viewer: Viewer, asker: Asker, { subject, message, todoId }: TicketBody) {
      const todo = todoId === undefined ? undefined : await requireTodo(asker, todoId);
      return toTicket(await tickets.open(viewer, { subject, message, todo }));
    },

    async read(viewer: Viewer, id: number) {
      return toTicket(await find(viewer, id));
    },

    async setStatus(viewer: Viewer, id: number, status: SettableStatus) {
      const ticket = await find(viewer, id);
      const changed = await tickets.setStatus(actorOn(ticket, viewer), id, status);
      return toTicket(changed ?? (await find(viewer, id)));
    },
  };
}

function toTicket(ticket: Ticket) {
  const { id, ownerName, subject, status, todoId, todoTitle, createdAt, updatedAt } = ticket;
  return {
    id,
    owner: ownerName,
    subject,
    status,
    todo: todoId === null ? null : { id: todoId, title: todoTitle },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    updatedBy: { username: ticket.updatedByName, agent: ticket.updatedByAgent },
  };
}

import type { Asker } from '@latchkey/service-kit/calling/called-service';
import { problems } from '../errors.ts';
import type { FindTodo } from '../todos/todo-lookup.ts';
import { actorOn, type Viewer } from '../viewer.ts';
import type { Ticket, TicketRepository } from './ticket-repository.ts';
import type { SettableStatus, TicketBody, TicketFilters, TicketPage } from './ticket-schemas.ts';

export type TicketOperations = ReturnType<typeof ticketOperations>;

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
    async list(viewer: Viewer, filters: TicketFilters, page: TicketPage) {
      return (await tickets.list(viewer, filters, page)).map(toTicket);
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

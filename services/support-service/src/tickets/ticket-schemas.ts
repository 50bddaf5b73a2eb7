import type { Page } from '@latchkey/service-kit/http/list-route';
import { instant, rowId, rowNumber, text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';

const subject = text({ min: 1, max: 200 }).meta({ example: 'Cannot change my password' });
/** What a message says. */
export const messageText = text({ min: 1, max: 8_000 }).meta({ example: 'It says 503.' });
const username = z.string().meta({ example: 'wangerge' });

const status = z.enum(['open', 'answered', 'closed']).meta({
  description: '`open` waits for an agent, `answered` for the person, `closed` for nobody.',
});

export const participant = z
  .object({ username, agent: z.boolean().meta({ description: 'Whether it acted as support.' }) })
  .meta({ id: 'Participant' });

export const ticketSchema = z
  .object({
    id: z.int(),
    owner: username.meta({ description: 'Who opened it.' }),
    subject,
    status,
    todo: z.object({ id: z.int(), title: z.string() }).nullable().meta({
      description: 'The todo it is about, with the title that it had when the ticket was opened.',
    }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    updatedBy: participant.meta({
      description: 'Who last wrote a message, closed or reopened it.',
    }),
  })
  .meta({ id: 'Ticket' });

export const ticketBody = z.object({
  subject,
  message: messageText,
  todoId: rowNumber.optional().meta({ description: 'One of your todos that the ticket is about.' }),
});

const settableStatus = z.enum(['open', 'closed']);

export const ticketPatch = z.object({
  status: settableStatus.meta({ description: '`closed` closes, `open` reopens.' }),
});

export const ticketFilters = z.object({
  status: status.optional(),
  owner: text({ min: 1, max: 256 })
    .optional()
    .meta({ description: 'Whose tickets, by username; for agents, who see all.' }),
});

/** What tickets can be sorted by beside their id, as a cursor holds it. */
export const ticketSort = { updatedAt: instant };

export const ticketParams = z.object({ id: rowId });

export type SettableStatus = z.output<typeof settableStatus>;
export type TicketBody = z.output<typeof ticketBody>;
export type TicketFilters = z.output<typeof ticketFilters>;
export type TicketPage = Page<'id' | keyof typeof ticketSort, number | Date>;

import { readNotice } from '@latchkey/database/notifications';
import { rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';

const change = z.enum(['opened', 'message', 'status']).meta({
  description: '`opened`, a `message` was written, or it was closed or reopened: `status`.',
});

/** The data of an event `ticket`. */
const ticketEvent = z.object({ id: rowNumber, change });

/** What PostgreSQL's NOTIFY carries from the instance that changes a ticket to all of them. */
const ticketNotice = ticketEvent.extend({ owner: rowNumber });

export type TicketChange = z.output<typeof ticketNotice>;

/** Undefined for what no release of ours writes. */
export const readTicketNotice = (payload: string | undefined): TicketChange | undefined =>
  readNotice(ticketNotice, payload);

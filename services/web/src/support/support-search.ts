export const QUEUES = ['open', 'answered', 'closed', 'all'] as const;
const MAX_ID = 2_147_483_647;

/** The part of the queue that an agent looks at; `open` waits for an agent. */
export type Queue = (typeof QUEUES)[number];

/** What the address of the support pages says, besides the ticket. */
export interface SupportSearch {
  /** The form for a new ticket is open. */
  new?: true;
  /** The form is open, for a ticket about this todo. */
  todo?: number;
  /** For agents; without it, `open`. */
  status?: Queue;
  /** For agents: the tickets of this person only. */
  owner?: string;
}

/** Leaves out what makes no sense: an address can be typed by hand. */
export function readSupportSearch(given: Record<string, unknown>): SupportSearch {
  const todo = Number(given.todo);
  const status = QUEUES.find((queue) => queue === given.status);
  const owner = ['string', 'number'].includes(typeof given.owner) ? `${given.owner}`.trim() : '';
  return {
    ...(given.new ? { new: true } : {}),
    ...(Number.isInteger(todo) && todo > 0 && todo <= MAX_ID ? { todo } : {}),
    ...(status && status !== 'open' ? { status } : {}),
    ...(owner ? { owner } : {}),
  };
}

/** The same view of the list, with no form open. */
export const withoutForm = ({ status, owner }: SupportSearch): SupportSearch => ({
  ...(status ? { status } : {}),
  ...(owner ? { owner } : {}),
});

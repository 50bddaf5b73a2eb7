import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/support-service.ts';
import { support } from '../api/clients.ts';
import { nextCursor } from '../api/pages.ts';
import { answered, unwrap } from '../api/problem.ts';
import type { Queue } from './support-search.ts';

export type Ticket = components['schemas']['Ticket'];
export type Message = components['schemas']['Message'];

const TICKETS_A_PAGE = '30';
const MESSAGES_A_PAGE = '200';

/** @param queue for agents; a person sees all of their own */
export function ticketsQuery({ queue, owner }: { queue: Queue; owner: string | undefined }) {
  return infiniteQueryOptions({
    queryKey: ['tickets', 'list', queue, owner],
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = {
        limit: TICKETS_A_PAGE,
        // The longest wait first, the latest news otherwise.
        sort: queue === 'open' ? ('updatedAt' as const) : ('-updatedAt' as const),
        ...(queue === 'all' ? {} : { status: queue }),
        ...(owner ? { owner } : {}),
        ...(cursor ? { cursor } : {}),
      };
      const { data, response } = await answered(
        support.GET('/tickets', { params: { query }, signal }),
      );
      return { tickets: data ?? [], next: nextCursor(response) };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    select: ({ pages }) => pages.flatMap(({ tickets }) => tickets),
  });
}

export const ticketQuery = (id: string) =>
  queryOptions({
    queryKey: ['tickets', 'one', id],
    queryFn: ({ signal }) =>
      unwrap(support.GET('/tickets/{id}', { params: { path: { id } }, signal })),
  });

/** All messages, oldest first. */
export interface Conversation {
  messages: Message[];
  /** Where the last page begins: only from there on can there be news. */
  lastPage: { cursor: string | undefined; start: number };
}

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ['tickets', 'messages', id],
    queryFn: async ({ client, queryKey, signal }): Promise<Conversation> => {
      const known = client.getQueryData<Conversation>(queryKey);
      let { cursor, start } = known?.lastPage ?? { cursor: undefined, start: 0 };
      const messages = known?.messages.slice(0, start) ?? [];
      for (;;) {
        const query = { limit: MESSAGES_A_PAGE, ...(cursor ? { cursor } : {}) };
        const { data, response } = await answered(
          support.GET('/tickets/{id}/messages', { params: { path: { id }, query }, signal }),
        );
        messages.push(...(data ?? []));
        const next = nextCursor(response);
        if (!next) return { messages, lastPage: { cursor, start } };
        cursor = next;
        start = messages.length;
      }
    },
  });

/** With a message that was just accepted, unless it is there already. */
export function withMessage(
  conversation: Conversation | undefined,
  message: Message,
): Conversation | undefined {
  if (!conversation || conversation.messages.some(({ id }) => id === message.id)) {
    return conversation;
  }
  return { ...conversation, messages: [...conversation.messages, message] };
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { support } from '../api/clients.ts';
import { Problem, unwrap } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { acceptMessage, failMessage, type OutgoingMessage, postMessage } from './outbox.ts';
import { conversationQuery, withMessage } from './ticket-queries.ts';

/** Shows a message at once and sends it, one after the other; offline, it is sent later. */
export function useSendMessage(ticketId: string) {
  const queryClient = useQueryClient();
  const { queryKey } = conversationQuery(ticketId);
  const { mutate } = useMutation({
    scope: { id: `messages of ticket ${ticketId}` },
    mutationFn: ({ text }: OutgoingMessage) =>
      unwrap(
        support.POST('/tickets/{id}/messages', {
          params: { path: { id: ticketId } },
          body: { text },
        }),
      ),
    onSuccess: async (message, { key }) => {
      // One that began before does not know the message.
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, (known) => withMessage(known, message));
      acceptMessage(ticketId, key, message);
    },
    onError: (error, { key }) => {
      const isClosed = error instanceof Problem && error.code === 'ticket_closed';
      failMessage(ticketId, key, isClosed ? 'closed' : 'not_sent');
    },
    onSettled: () => void readAgain(queryClient, ['tickets']),
  });
  /** @param key of a message that failed, to try it again */
  return (text: string, key?: string) => mutate(postMessage(ticketId, text, key));
}

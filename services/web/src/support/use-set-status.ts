import { useMutation, useQueryClient } from '@tanstack/react-query';
import { support } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import { ticketQuery } from './ticket-queries.ts';

/** Closes or reopens a ticket; shown at once, and taken back when it fails. */
export function useSetStatus(id: string) {
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  const { queryKey } = ticketQuery(id);
  return useMutation({
    mutationFn: (status: 'open' | 'closed') =>
      unwrap(support.PATCH('/tickets/{id}', { params: { path: { id } }, body: { status } })),
    onMutate: async (status) => {
      await queryClient.cancelQueries({ queryKey });
      const before = queryClient.getQueryData(queryKey);
      if (before) queryClient.setQueryData(queryKey, { ...before, status });
      return before;
    },
    onError: (error, _status, before) => {
      queryClient.setQueryData(queryKey, before);
      say(textOf(error), { isProblem: true });
    },
    onSettled: () => void readAgain(queryClient, ['tickets']),
  });
}

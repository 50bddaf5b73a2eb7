import { type DataTag, type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { Problem } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';

interface Options<Item, What> {
  /** Of the list that it is taken from. */
  queryKey: DataTag<QueryKey, Item[], Error>;
  send: (what: What) => Promise<unknown>;
  isEnded: (item: Item, what: What) => boolean;
  said: (what: What) => string;
}

/** Ends something in a list: it is gone at once, and back if that did not work. */
export function useEnding<Item, What>({ queryKey, send, isEnded, said }: Options<Item, What>) {
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  return useMutation({
    mutationFn: (what: What) =>
      send(what).catch((error: unknown) => {
        // It ended meanwhile: that is what was asked for.
        if (!(error instanceof Problem && error.status === 404)) throw error;
      }),
    onMutate: async (what) => {
      await queryClient.cancelQueries({ queryKey });
      const before = queryClient.getQueryData<Item[]>(queryKey);
      queryClient.setQueryData<Item[]>(queryKey, (items) =>
        items?.filter((item) => !isEnded(item, what)),
      );
      return before;
    },
    onSuccess: (_, what) => say(said(what)),
    onError: (error, _, before) => {
      queryClient.setQueryData<Item[]>(queryKey, before);
      if (!(error instanceof Problem && error.isSignInNeeded)) {
        say(textOf(error), { isProblem: true });
      }
    },
    // Sessions end with an app's access, and the other way round.
    onSettled: () => readAgain(queryClient, ['account']),
  });
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import {
  addDeletion,
  dropDeletion,
  endUndo,
  leftDeletions,
  sendDeletion,
  undoDeletion,
} from './deletions.ts';
import { type TodosData, without } from './rows.ts';
import { LISTS, type Todo, todoQuery } from './todos-query.ts';
import { outdate } from './use-changes.ts';

/** A toast stays for as long as the pointer is on it or the window has no focus. */
const MAX_UNDO_MS = 30_000;

/** Deletes a todo from the page at once, and from the service when its “Undo” has gone. */
export function useDeleteTodo(): (todo: Todo) => void {
  const { t } = useTranslation(['todos', 'common']);
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  const { mutate } = useMutation({
    mutationKey: ['todos', 'delete'],
    mutationFn: (id: number) => sendDeletion(id),
    async onSuccess(_, id) {
      queryClient.setQueriesData<TodosData>(
        { queryKey: LISTS },
        (data) => data && without(data, id),
      );
      queryClient.removeQueries({ queryKey: todoQuery(id).queryKey });
      await outdate(queryClient, false);
      dropDeletion(id);
    },
    onError(error, id) {
      // It is sent after the new sign-in.
      if (error instanceof Problem && error.isSignInNeeded) return;
      dropDeletion(id);
      say(t('todos:notDeleted', { problem: textOf(error) }), { isProblem: true });
    },
  });
  useEffect(() => {
    for (const id of leftDeletions()) mutate(id);
  }, [mutate]);
  return ({ id, title }) => {
    addDeletion(id);
    let isDecided = false;
    const send = () => {
      clearTimeout(timer);
      if (!isDecided && endUndo(id)) mutate(id);
      isDecided = true;
    };
    const timer = setTimeout(send, MAX_UNDO_MS);
    say(t('todos:deleted', { title }), {
      action: {
        label: t('common:undo'),
        onPress: () => {
          const isInTime = !isDecided && undoDeletion(id);
          isDecided = true;
          clearTimeout(timer);
          if (!isInTime) say(t('todos:undoneTooLate', { title }), { isProblem: true });
        },
      },
      onGone: send,
    });
  };
}

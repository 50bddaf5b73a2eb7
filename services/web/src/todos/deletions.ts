import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { todo as todoService } from '../api/clients.ts';
import { Problem, unwrap } from '../api/problem.ts';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import { type TodosData, without } from './rows.ts';
import { LISTS, type Todo } from './todos-query.ts';
import { outdate } from './use-changes.ts';

/** Gone from the page, and not yet known to be gone from the service. */
let hiddenIds: ReadonlySet<number> = new Set();
/** Of those, the ones with an “Undo”: the service has not been asked. */
const waitingIds = new Set<number>();
const listeners = new Set<() => void>();

function setHidden(id: number, isHidden: boolean): void {
  const ids = new Set(hiddenIds);
  if (isHidden) ids.add(id);
  else ids.delete(id);
  hiddenIds = ids;
  for (const listener of listeners) listener();
}

export const useDeletedIds = (): ReadonlySet<number> =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => hiddenIds,
  );

/** `keepalive`: it arrives even when the page closes meanwhile. */
async function sendDeletion(id: number): Promise<void> {
  const params = { path: { id: String(id) } };
  await unwrap(todoService.DELETE('/todo/{id}', { params, keepalive: true })).catch(
    (error: unknown) => {
      // Deleted in another tab already.
      if (!(error instanceof Problem) || error.status !== 404) throw error;
    },
  );
}

window.addEventListener('pagehide', () => {
  for (const id of waitingIds) void sendDeletion(id).catch(() => undefined);
  waitingIds.clear();
});

/** Deletes a todo from the page at once, and from the service when its “Undo” has gone. */
export function useDeleteTodo(): (todo: Todo) => void {
  const { t } = useTranslation(['todos', 'common']);
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  const { mutate } = useMutation({
    mutationKey: ['todos', 'delete'],
    mutationFn: sendDeletion,
    async onSuccess(_, id) {
      queryClient.setQueriesData<TodosData>(
        { queryKey: LISTS },
        (data) => data && without(data, id),
      );
      await outdate(queryClient, false);
    },
    onError: (error) => say(t('todos:notDeleted', { problem: textOf(error) }), { isProblem: true }),
    onSettled: (_data, _error, id) => setHidden(id, false),
  });
  return ({ id, title }) => {
    setHidden(id, true);
    waitingIds.add(id);
    say(t('todos:deleted', { title }), {
      action: {
        label: t('common:undo'),
        onPress: () => {
          if (waitingIds.delete(id)) setHidden(id, false);
        },
      },
      onGone: () => {
        if (waitingIds.delete(id)) mutate(id);
      },
    });
  };
}

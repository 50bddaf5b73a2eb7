import {
  type MutationKey,
  type QueryClient,
  useMutation,
  useMutationState,
  useQueryClient,
} from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { todo as todoService } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import { type Change, type TodoFields, type TodosData, withFirst, withReplaced } from './rows.ts';
import { LISTS, listQuery, todoQuery } from './todos-query.ts';
import type { TodosView } from './view.ts';

const ADD = ['todos', 'add'];
const CHANGE = ['todos', 'change'];
/** One after another, as the person made them. */
const scope = { id: 'todos' };
/** What looks done is done, even when the page is closed at once. */
const keepalive = true;

/** What was sent and is not answered yet; the list shows it as done. */
const usePending = <Variables>(mutationKey: MutationKey): Variables[] =>
  useMutationState({
    filters: { mutationKey, status: 'pending' },
    select: ({ state }) => state.variables as Variables,
  });

export const usePendingChanges = () => usePending<Change>(CHANGE);
export const usePendingAdditions = () => usePending<TodoFields>(ADD);

/** Whatever was read before is old; what is on the screen is read again only where it must. */
export const outdate = (queryClient: QueryClient, isSeen: boolean): Promise<void> => {
  // An answer under way may be from before the change.
  const isUnderWay = queryClient.isFetching({ queryKey: LISTS }) > 0;
  const refetchType = isSeen || isUnderWay ? 'active' : 'none';
  return queryClient.invalidateQueries({ queryKey: ['todos'], refetchType });
};

/** Calls `onFailed` with what was to be added when it was not. */
export function useAddTodo({ sort }: TodosView, onFailed: (fields: TodoFields) => void) {
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  return useMutation({
    mutationKey: ADD,
    scope,
    mutationFn: (body: TodoFields) => unwrap(todoService.POST('/todo', { body, keepalive })),
    async onSuccess(added) {
      for (const view of [{}, { show: 'open' }] as const) {
        queryClient.setQueryData<TodosData>(
          listQuery(view).queryKey,
          (data) => data && withFirst(data, added),
        );
      }
      await outdate(queryClient, sort !== undefined);
    },
    onError(error, fields) {
      say(textOf(error), { isProblem: true });
      onFailed(fields);
    },
  });
}

/** Ticks off and edits. */
export function useChangeTodo() {
  const { t } = useTranslation('todos');
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  return useMutation({
    mutationKey: CHANGE,
    scope,
    mutationFn: ({ id, patch }: Change) =>
      unwrap(
        todoService.PATCH('/todo/{id}', {
          params: { path: { id: String(id) } },
          body: patch,
          keepalive,
        }),
      ),
    async onSuccess(changed, { patch }) {
      queryClient.setQueriesData<TodosData>(
        { queryKey: LISTS },
        (data) => data && withReplaced(data, changed),
      );
      queryClient.setQueryData(todoQuery(changed.id).queryKey, changed);
      // A ticked row stays where it is; an edited one may belong elsewhere now.
      await outdate(queryClient, patch.done === undefined);
    },
    onError(error) {
      say(t('notChanged', { problem: textOf(error) }), { isProblem: true });
      void outdate(queryClient, true);
    },
  });
}

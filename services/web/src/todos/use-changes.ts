import {
  type QueryClient,
  useMutation,
  useMutationState,
  useQueryClient,
} from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { todo as todoService } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import {
  type Addition,
  acceptAddition,
  failAddition,
  keepAddition,
  takeAgain,
} from './additions.ts';
import { type Change, type TodoFields, type TodosData, withFirst, withReplaced } from './rows.ts';
import { LISTS, listQuery, todoQuery } from './todos-query.ts';
import type { TodosView } from './view.ts';

const CHANGE = ['todos', 'change'];
/** One after another, as the person made them. */
const scope = { id: 'todos' };
/** What looks done is done, even when the page is closed at once. */
const keepalive = true;

/** What was sent and is not answered yet; the list shows it as done. */
export const usePendingChanges = (): Change[] =>
  useMutationState({
    filters: { mutationKey: CHANGE, status: 'pending' },
    select: ({ state }) => state.variables as Change,
  });

/** Whatever was read before is old; what is on the screen is read again only where it must. */
export const outdate = (queryClient: QueryClient, isSeen: boolean): Promise<void> => {
  // An answer under way may be from before the change.
  const isUnderWay = queryClient.isFetching({ queryKey: LISTS }) > 0;
  const refetchType = isSeen || isUnderWay ? 'active' : 'none';
  return readAgain(queryClient, ['todos'], refetchType);
};

/** Keeps what is to be added until the service has it or the person drops it. */
export function useAddTodo({ sort }: TodosView) {
  const { t } = useTranslation(['todos', 'common']);
  const queryClient = useQueryClient();
  const textOf = useProblemText();
  const { mutate } = useMutation({
    mutationKey: ['todos', 'add'],
    scope,
    mutationFn: ({ fields }: Addition) =>
      unwrap(todoService.POST('/todo', { body: fields, keepalive })),
    async onSuccess(added, { key }) {
      acceptAddition(key, added);
      for (const view of [{}, { show: 'open' }] as const) {
        queryClient.setQueryData<TodosData>(
          listQuery(view).queryKey,
          (data) => data && withFirst(data, added),
        );
      }
      await outdate(queryClient, sort !== undefined);
    },
    onError(error, addition) {
      const { title } = addition.fields;
      failAddition(addition.key);
      say(t('todos:notAdded', { title, problem: textOf(error) }), {
        isProblem: true,
        action: { label: t('common:retry'), onPress: () => retry(addition) },
      });
    },
  });
  const retry = (addition: Addition) => {
    if (takeAgain(addition.key)) mutate(addition);
  };
  return { add: (fields: TodoFields) => mutate(keepAddition(fields)), retry };
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

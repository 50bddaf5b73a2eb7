import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { dropArrived, useAdditions } from './additions.ts';
import { useDeletedIds } from './deletions.ts';
import { type TodosData, toRows, without } from './rows.ts';
import { listQuery, type Todo } from './todos-query.ts';
import { usePendingChanges } from './use-changes.ts';
import type { TodosView } from './view.ts';

export type TodoList = ReturnType<typeof useTodoList>;

/** What the service has, with what the person did since. */
export function useTodoList(view: TodosView) {
  const queryClient = useQueryClient();
  const options = listQuery(view);
  const query = useInfiniteQuery(options);
  const changes = usePendingChanges();
  const additions = useAdditions();
  const deletedIds = useDeletedIds();
  const { data, isPlaceholderData } = query;
  const pages = data?.pages ?? [];
  useEffect(() => dropArrived(pages.flatMap(({ todos }) => todos)));
  return {
    query,
    rows: toRows(pages, changes, deletedIds),
    additions: view.show === 'done' || view.search ? [] : additions,
    isLeaving: ({ done }: Todo) =>
      view.show !== undefined && !isPlaceholderData && done !== (view.show === 'done'),
    drop: ({ id }: Todo) =>
      queryClient.setQueryData<TodosData>(options.queryKey, (old) => old && without(old, id)),
  };
}

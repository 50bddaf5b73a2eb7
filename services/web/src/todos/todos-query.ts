import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/todo-service.ts';
import { todo } from '../api/clients.ts';
import { nextCursor } from '../api/pages.ts';
import { answered, unwrap } from '../api/problem.ts';
import type { TodosView } from './view.ts';

export type Todo = components['schemas']['Todo'];

export interface TodosPage {
  todos: readonly Todo[];
  next: string | undefined;
}

const PAGE_SIZE = '50';
const SORTS = { newest: '-id', priority: '-priority', title: 'title' } as const;

export const LISTS = ['todos', 'list'];

export const listQuery = ({ show, sort, search }: TodosView) =>
  infiniteQueryOptions({
    queryKey: [...LISTS, show ?? 'all', sort ?? 'newest', search ?? ''],
    queryFn: async ({ pageParam, signal }): Promise<TodosPage> => {
      const query = {
        limit: PAGE_SIZE,
        sort: SORTS[sort ?? 'newest'],
        ...(show ? { done: show === 'done' ? ('true' as const) : ('false' as const) } : {}),
        ...(search ? { search } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      };
      const { data, response } = await answered(todo.GET('/todo', { params: { query }, signal }));
      return { todos: data ?? [], next: nextCursor(response) };
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    // The rows stay while those of another search are on their way.
    placeholderData: keepPreviousData,
    // They may have been changed in another tab a moment ago.
    refetchOnWindowFocus: 'always',
  });

/** Some of the person's todos, whatever the list shows: without any, an empty list means something else. */
export const anyQuery = queryOptions({
  queryKey: ['todos', 'any'],
  queryFn: () => unwrap(todo.GET('/todo', { params: { query: { limit: '20' } } })),
  staleTime: 0,
});

export const todoQuery = (id: number) =>
  queryOptions({
    queryKey: ['todos', 'one', id],
    queryFn: ({ signal }) =>
      unwrap(todo.GET('/todo/{id}', { params: { path: { id: String(id) } }, signal })),
    staleTime: 0,
  });

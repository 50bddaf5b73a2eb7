import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/auth-service.ts';
import { auth } from '../api/clients.ts';
import { nextCursor } from '../api/pages.ts';
import { answered, unwrap } from '../api/problem.ts';

export type Account = components['schemas']['Account'];

const PAGE_SIZE = '50';

/** @param search how the username begins */
export const peopleQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['administration', 'people', 'list', search],
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = {
        limit: PAGE_SIZE,
        ...(search ? { search } : {}),
        ...(cursor ? { cursor } : {}),
      };
      const { data = [], response } = await answered(
        auth.GET('/admin/users', { params: { query }, signal }),
      );
      return { items: data, next: nextCursor(response) };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });

const ofPerson = (id: string) => ({ params: { path: { id } } });

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ['administration', 'people', 'one', id],
    queryFn: () => unwrap(auth.GET('/admin/users/{id}', ofPerson(id))),
  });

export const personSessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['administration', 'people', 'one', id, 'sessions'],
    queryFn: async () => {
      // What reads user agents is larger than the page: it comes with the first list.
      const [sessions, { deviceOf }] = await Promise.all([
        unwrap(auth.GET('/admin/users/{id}/sessions', ofPerson(id))),
        import('../account/device.ts'),
      ]);
      return sessions.map((session) => ({ ...session, device: deviceOf(session.device) }));
    },
  });

export const personAppsQuery = (id: string) =>
  queryOptions({
    queryKey: ['administration', 'people', 'one', id, 'apps'],
    queryFn: () => unwrap(auth.GET('/admin/users/{id}/apps', ofPerson(id))),
  });

export const changePerson = (id: string, body: { roles?: string[]; active?: boolean }) =>
  unwrap(auth.PATCH('/admin/users/{id}', { ...ofPerson(id), body }));

export const deletePerson = (id: string) => unwrap(auth.DELETE('/admin/users/{id}', ofPerson(id)));

export const endSessionsOf = (id: string) =>
  unwrap(auth.DELETE('/admin/users/{id}/sessions', ofPerson(id)));

export const takeFactorsOf = (id: string) =>
  unwrap(auth.DELETE('/admin/users/{id}/factors', ofPerson(id)));

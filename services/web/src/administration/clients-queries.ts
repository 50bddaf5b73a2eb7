import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { components, paths } from '../../generated/auth-service.ts';
import { clientIdSegment } from '../api/client-id-segment.ts';
import { auth } from '../api/clients.ts';
import { nextCursor } from '../api/pages.ts';
import { answered, unwrap } from '../api/problem.ts';

export type Client = components['schemas']['Client'];
type Body<Operation> = Operation extends {
  requestBody: { content: { 'application/json': infer Given } };
}
  ? Given
  : never;
export type ClientRegistration = Body<paths['/admin/clients']['post']>;
export type ClientChange = Body<paths['/admin/clients/{id}']['patch']>;

const PAGE_SIZE = '50';

export const clientsQuery = infiniteQueryOptions({
  queryKey: ['administration', 'clients', 'list'],
  queryFn: async ({ pageParam: cursor, signal }) => {
    const query = { limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
    const { data = [], response } = await answered(
      auth.GET('/admin/clients', { params: { query }, signal }),
    );
    return { items: data, next: nextCursor(response) };
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }) => next,
});

const ofClient = (id: string) => ({ params: { path: { id: clientIdSegment(id) } } });

export const clientQuery = (id: string) =>
  queryOptions({
    queryKey: ['administration', 'clients', 'one', id],
    queryFn: () => unwrap(auth.GET('/admin/clients/{id}', ofClient(id))),
  });

/** The scopes of every service. */
export const scopesQuery = queryOptions({
  queryKey: ['administration', 'scopes'],
  queryFn: async () => {
    const metadata = await unwrap(auth.GET('/.well-known/oauth-authorization-server'));
    const { scopes_supported: scopes } = metadata as { scopes_supported?: string[] };
    return scopes ?? [];
  },
});

export const registerClient = (body: ClientRegistration) =>
  unwrap(auth.POST('/admin/clients', { body }));

export const changeClient = (id: string, body: ClientChange) =>
  unwrap(auth.PATCH('/admin/clients/{id}', { ...ofClient(id), body }));

export const disableClient = (id: string) =>
  unwrap(auth.DELETE('/admin/clients/{id}', ofClient(id)));

export const replaceSecretOf = (id: string) =>
  unwrap(auth.POST('/admin/clients/{id}/secret', ofClient(id)));

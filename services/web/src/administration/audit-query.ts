import { infiniteQueryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/auth-service.ts';
import { auth } from '../api/clients.ts';
import { nextCursor } from '../api/pages.ts';
import { answered } from '../api/problem.ts';
import type { AuditSearch } from './search.ts';

export type AuditEvent = components['schemas']['AuditEvent'];

const PAGE_SIZE = '50';

export const auditQuery = (filters: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['administration', 'audit', filters],
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = { limit: PAGE_SIZE, ...filters, ...(cursor ? { cursor } : {}) };
      const { data = [], response } = await answered(
        auth.GET('/admin/audit', { params: { query }, signal }),
      );
      return { items: data, next: nextCursor(response) };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });

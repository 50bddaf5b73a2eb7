import { fromCursor, toPage } from '@latchkey/service-kit/http/pagination';
import { z } from 'zod';
import type { AuditCriteria, AuditRepository } from './audit-repository.ts';

/** Ids are 64-bit: more than a JSON number holds. */
const position = z.tuple([z.string().regex(/^\d{1,18}$/)]);

export type AuditQuery = Omit<AuditCriteria, 'before'> & { cursor: string | undefined };
export type AuditOperations = ReturnType<typeof auditOperations>;

export function auditOperations(audit: Pick<AuditRepository, 'list'>) {
  return {
    async list({ cursor, limit, ...filters }: AuditQuery) {
      const before = cursor === undefined ? undefined : BigInt(fromCursor(position, cursor)[0]);
      const rows = await audit.list({ ...filters, before, limit: limit + 1 });
      const { page: events, next } = toPage(rows, limit, ({ id }) => [String(id)]);
      return { events, next };
    },
  };
}

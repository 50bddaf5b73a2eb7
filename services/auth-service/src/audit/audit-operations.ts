import type { Page } from '@latchkey/service-kit/http/list-route';
import type { Database } from '../database.ts';
import { type AuditEvent, type AuditFilters, listAuditEvents } from './audit-repository.ts';

export type AuditPage = Pick<Page<'id', bigint, bigint>, 'after' | 'take'>;
export type AuditOperations = ReturnType<typeof auditOperations>;

export function auditOperations({ db }: { db: Database }) {
  return {
    list: (filters: AuditFilters, { after, take }: AuditPage): Promise<AuditEvent[]> =>
      listAuditEvents(db, filters, { before: after?.id, take }),
  };
}

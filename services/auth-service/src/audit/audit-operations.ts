import type { AuditEvent, AuditFilters, AuditPage, AuditRepository } from './audit-repository.ts';

export type AuditOperations = ReturnType<typeof auditOperations>;

export function auditOperations(audit: Pick<AuditRepository, 'list'>) {
  return {
    list: (filters: AuditFilters, page: AuditPage): Promise<AuditEvent[]> =>
      audit.list(filters, page),
  };
}

import type { TokenGuard } from '@latchkey/jwt-verify/express';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import type { AuditOperations } from './audit-operations.ts';
import { auditFilters, eventId, eventSchema, toEventAnswer } from './audit-schemas.ts';

interface Dependencies {
  audit: AuditOperations;
  mayAdminister: TokenGuard;
}

export function auditRoutes({ audit, mayAdminister }: Dependencies) {
  return [
    listRoute({
      path: '/admin/audit',
      guard: mayAdminister,
      summary: 'Read the audit record',
      description: 'The newest first.',
      request: { query: auditFilters },
      id: eventId,
      defaultSort: '-id',
      item: eventSchema,
      toItem: toEventAnswer,
      list({ query }, page) {
        const { type, actor, subject, client_id: clientId, since, until } = query;
        return audit.list({ type, actor, subject, clientId, since, until }, page);
      },
    }),
  ];
}

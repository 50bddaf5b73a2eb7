import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { nextPageLink } from '@latchkey/service-kit/http/pagination';
import { ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import type { AuditOperations } from './audit-operations.ts';
import { auditQuery, eventSchema, toEventAnswer } from './audit-schemas.ts';

interface Dependencies {
  audit: AuditOperations;
  requireToken: RequireToken;
}

export function auditRoutes({ audit, requireToken }: Dependencies) {
  return [
    route({
      method: 'get',
      path: '/admin/audit',
      guard: requireToken({ scope: 'admin', role: 'admin' }),
      summary: 'Read the audit record',
      request: { query: auditQuery },
      responses: {
        200: {
          description: 'One page, the newest first; the next is in `Link`.',
          schema: z.array(eventSchema),
        },
      },
      async handle({ query, req }) {
        const { type, actor, subject, client_id: clientId, since, until, cursor, limit } = query;
        const filters = { type, actor, subject, clientId, since, until };
        const page = await audit.list({ ...filters, cursor, limit });
        return ok(page.events.map(toEventAnswer), nextPageLink(req.url, page.next));
      },
    }),
  ];
}

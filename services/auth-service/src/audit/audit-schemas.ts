import { instant, text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import type { AuditEvent } from './audit-repository.ts';

export const eventSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    type: z.string(),
    actor: z.string().nullable(),
    subject: z.string().nullable(),
    client_id: z.string().nullable(),
    address: z.string().nullable(),
    requestId: z.string().nullable(),
    details: z.json(),
  })
  .meta({ id: 'AuditEvent' });

const name = text({ min: 1, max: 256 });

/** More than a JSON number holds. */
export const eventId = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform(BigInt);

export const auditFilters = z.object({
  type: z
    .string()
    .max(64)
    .regex(/^[a-z_]+\.[a-z_]*$/, 'must be a type such as login.failed, or a prefix such as login.')
    .optional()
    .meta({ description: 'A type such as `login.failed`, or a prefix such as `login.`.' }),
  actor: name.optional().meta({ description: 'Who did it.' }),
  subject: name.optional().meta({ description: 'The account or object that it was done to.' }),
  client_id: name.optional(),
  since: instant.optional().meta({ description: 'From this time on.' }),
  until: instant.optional().meta({ description: 'Before this time.' }),
});

export const toEventAnswer = (event: AuditEvent) => ({
  id: String(event.id),
  at: event.at.toISOString(),
  type: event.type,
  actor: event.actor,
  subject: event.subject,
  client_id: event.clientId,
  address: event.address,
  requestId: event.requestId,
  details: event.details,
});

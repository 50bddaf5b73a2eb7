import type { Page } from '@latchkey/service-kit/http/list-route';
import { type AuditEvent, Prisma } from '../../generated/prisma/client.ts';
import type { Caller } from '../caller.ts';
import { literally, type Tx } from '../database.ts';

export type AuditEventType =
  | 'user.registered'
  | 'user.imported'
  | 'user.password_changed'
  | 'user.email_changed'
  | 'user.email_verified'
  | 'user.roles_changed'
  | 'user.deactivated'
  | 'user.reactivated'
  | 'user.deleted'
  | 'login.succeeded'
  | 'login.failed'
  | 'password_reset.requested'
  | 'token.refreshed'
  | 'token.issued'
  | 'token.exchanged'
  | 'token.revoked'
  | 'refresh_token.reused'
  | 'session.ended'
  | 'browser_login.ended'
  | 'backchannel_logout.given_up'
  | 'factor.added'
  | 'factor.renamed'
  | 'factor.removed'
  | 'factor.used'
  | 'factor.failed'
  | 'factor.reset'
  | 'recovery_code.used'
  | 'recovery_codes.created'
  | 'authorization_code.reused'
  | 'consent.given'
  | 'consent.withdrawn'
  | 'device.allowed'
  | 'device.denied'
  | 'provider.connected'
  | 'provider.disconnected'
  | 'client.created'
  | 'client.changed'
  | 'client.secret_rotated'
  | 'resource.registered'
  | 'resource.changed'
  | 'resource.removed'
  | 'key.created'
  | 'key.activated'
  | 'key.retired'
  | 'key.removed'
  | 'key.resealed';

export type { AuditEvent };

export interface AuditRecord {
  type: AuditEventType;
  /** Who did it: a username, a client id, or `system`. */
  actor?: string | undefined;
  /** Whom or what it was done to. */
  subject?: string | undefined;
  clientId?: string | undefined;
  caller: Caller;
  /** Never a credential. */
  details?: Prisma.InputJsonObject;
}

export interface AuditFilters {
  /** A whole type, or the first part of one with its dot. */
  type: string | undefined;
  actor: string | undefined;
  subject: string | undefined;
  clientId: string | undefined;
  since: Date | undefined;
  until: Date | undefined;
}

export type AuditPage = Pick<Page<'id', bigint, bigint>, 'after' | 'take'>;
export type AuditRepository = ReturnType<typeof auditRepository>;

export function auditRepository(db: Tx) {
  return {
    /** Call it in the transaction of the act that it records: neither is kept without the other. */
    async record(event: AuditRecord): Promise<void> {
      await db.auditEvent.create({ data: rowOf(event), select: { id: true } });
    },

    /** As `record`, for many acts of one transaction. */
    async recordAll(events: AuditRecord[]): Promise<void> {
      await db.auditEvent.createMany({ data: events.map(rowOf) });
    },

    /** The newest first. */
    list: (filters: AuditFilters, { after, take }: AuditPage): Promise<AuditEvent[]> =>
      db.auditEvent.findMany({
        where: { ...whereOf(filters), ...(after ? { id: { lt: after.id } } : {}) },
        orderBy: { id: 'desc' },
        take,
      }),
  };
}

/** As `record`, as part of a larger statement: once for each row of `from`. */
export function recordSql(event: AuditRecord, from: Prisma.Sql): Prisma.Sql {
  const { type, actor, subject, clientId, address, requestId, details = {} } = rowOf(event);
  return Prisma.sql`
    INSERT INTO audit_event (type, actor, subject, client_id, address, request_id, details)
    SELECT ${type}, ${actor}, ${subject}, ${clientId}, ${address}, ${requestId},
      ${JSON.stringify(details)}::jsonb FROM ${from}`;
}

const rowOf = ({ type, actor, subject, clientId, caller, details }: AuditRecord) => ({
  type,
  actor: actor ?? null,
  subject: subject ?? null,
  clientId: clientId ?? null,
  address: caller.address ?? null,
  requestId: caller.requestId ?? null,
  ...(details ? { details } : {}),
});

function whereOf(filters: AuditFilters): Prisma.AuditEventWhereInput {
  const { type, actor, subject, clientId, since, until } = filters;
  return {
    ...(type ? { type: type.endsWith('.') ? { startsWith: literally(type) } : type } : {}),
    ...(actor ? { actor } : {}),
    ...(subject ? { subject } : {}),
    ...(clientId ? { clientId } : {}),
    at: { ...(since ? { gte: since } : {}), ...(until ? { lt: until } : {}) },
  };
}

import { randomUUID } from 'node:crypto';
import { Prisma, type OutgoingMail as Row } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** What is to be sent, and to whom; what it says is written when it is sent. */
export type NewMail = {
  language: string;
} /** `login` as it was typed: whose it is, is found out later, and each of them gets one. */ & (
  | { kind: 'reset_password'; login: string }
  | { kind: 'verify_email'; userId: number }
  | { kind: 'password_changed'; userId: number }
  | { kind: 'factor_added' | 'factor_removed' | 'factors_reset'; userId: number }
  /** To the address before. */
  | { kind: 'email_changed'; userId: number; recipient: string }
);

export type MailKind = NewMail['kind'];

export interface OutgoingMail extends Row {
  kind: MailKind;
}

/** A link is asked for by a person who waits for it; a notice may come later. */
const WORTH_SENDING_SECONDS: Readonly<Record<MailKind, number>> = {
  reset_password: 1_800,
  verify_email: 86_400,
  password_changed: 3 * 86_400,
  email_changed: 3 * 86_400,
  factor_added: 3 * 86_400,
  factor_removed: 3 * 86_400,
  factors_reset: 3 * 86_400,
};

export function outgoingMailRepository(db: Tx) {
  return {
    /** Call it in the transaction of the act: neither happens without the other. */
    async add(mail: NewMail, nowMs: number): Promise<void> {
      const at = new Date(nowMs);
      const expiresAt = new Date(nowMs + WORTH_SENDING_SECONDS[mail.kind] * 1000);
      const data = { ...mail, id: randomUUID(), createdAt: at, nextAttemptAt: at, expiresAt };
      await db.outgoingMail.create({ data, select: { id: true } });
    },

    /** Takes what is due; until `leaseUntil` no other instance takes it. */
    take: (count: number, now: Date, leaseUntil: Date): Promise<OutgoingMail[]> =>
      db.$queryRaw<OutgoingMail[]>(Prisma.sql`
        UPDATE outgoing_mail SET attempts = attempts + 1, next_attempt_at = ${leaseUntil}
        WHERE id IN (
          SELECT id FROM outgoing_mail WHERE next_attempt_at <= ${now} AND expires_at > ${now}
          ORDER BY next_attempt_at LIMIT ${count} FOR UPDATE SKIP LOCKED)
        RETURNING id::text, kind, user_id AS "userId", login, recipient, language, attempts,
          created_at AS "createdAt", expires_at AS "expiresAt", next_attempt_at AS "nextAttemptAt"`),

    /** Puts one for each of these people in the place of one that names nobody yet. */
    async spread(id: string, userIds: readonly number[], now: Date): Promise<void> {
      await db.$executeRaw(Prisma.sql`
        WITH asked AS (DELETE FROM outgoing_mail WHERE id = ${id}::uuid RETURNING *)
        INSERT INTO outgoing_mail
          (id, kind, user_id, login, language, created_at, expires_at, next_attempt_at)
        SELECT gen_random_uuid(), kind, person.id, login, language, created_at, expires_at, ${now}
        FROM asked, unnest(${userIds}::int[]) AS person(id)`);
    },

    async retryAt(id: string, nextAttemptAt: Date): Promise<void> {
      await db.outgoingMail.updateMany({ where: { id }, data: { nextAttemptAt } });
    },

    async remove(id: string): Promise<void> {
      await db.outgoingMail.deleteMany({ where: { id } });
    },

    async removeAllOf(userId: number): Promise<void> {
      await db.outgoingMail.deleteMany({ where: { userId } });
    },
  };
}

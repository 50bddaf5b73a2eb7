import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** Rows a statement takes at most, so that none holds locks for long. */
export const BATCH_ROWS = 500;

/** The clock of another instance may run behind. */
const CLOCK_SLACK_MS = 60_000;

export interface PurgeStep {
  name: string;
  /** Deals with one batch; fewer rows than `BATCH_ROWS`: nothing is left. */
  batch(tx: Tx, nowMs: number): Promise<number>;
}

export interface Retention {
  refreshRetryMs: number;
  auditRetentionMs: number;
}

/** One batch at a time, and by one instance at a time. */
export function expiredRowRepository(db: Tx) {
  return {
    /** Does nothing while another instance holds the lock, which lasts for its transaction. */
    async removeBatch(step: PurgeStep, nowMs: number): Promise<number> {
      const [lock] = await db.$queryRaw<{ held: boolean }[]>(Prisma.sql`
        SELECT pg_try_advisory_xact_lock(hashtextextended('latchkey.housekeeping', 0)) AS held`);
      return lock?.held ? step.batch(db, nowMs) : 0;
    },
  };
}

/** Everything that has expired, and how one batch of it is removed. */
export function purgeSteps({ refreshRetryMs, auditRetentionMs }: Retention): PurgeStep[] {
  return [
    {
      name: 'sealedAnswers',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        UPDATE refresh_token SET sealed_answer = NULL WHERE hash IN (
          SELECT hash FROM refresh_token
          WHERE sealed_answer IS NOT NULL AND used_at < ${before(nowMs, refreshRetryMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    expired('refreshTokens', 'refresh_token', 'hash'),
    expired('sessions', 'session', 'id'),
    expired('revokedTokens', 'revoked_token', 'jti'),
    expired('clientAssertions', 'client_assertion', 'client_id, jti'),
    {
      name: 'rateLimits',
      batch: (tx, nowMs) =>
        removeBatch(tx, 'rate_limit', 'key', Prisma.sql`expire < ${before(nowMs).getTime()}`),
    },
    {
      name: 'auditEvents',
      async batch(tx, nowMs) {
        await tx.$queryRaw(Prisma.sql`SELECT set_config('latchkey.audit_retention', 'on', true)`);
        const isOld = Prisma.sql`at < ${before(nowMs, auditRetentionMs)}`;
        return removeBatch(tx, 'audit_event', 'id', isOld);
      },
    },
  ];
}

const expired = (name: string, table: string, key: string): PurgeStep => ({
  name,
  batch: (tx, nowMs) => removeBatch(tx, table, key, Prisma.sql`expires_at < ${before(nowMs)}`),
});

/** @param table and `key`, its primary key, are written into the statement as they are */
const removeBatch = (tx: Tx, table: string, key: string, condition: Prisma.Sql): Promise<number> =>
  tx.$executeRaw(Prisma.sql`
    DELETE FROM ${Prisma.raw(table)} WHERE (${Prisma.raw(key)}) IN (
      SELECT ${Prisma.raw(key)} FROM ${Prisma.raw(table)} WHERE ${condition}
      LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`);

const before = (nowMs: number, ageMs = 0) => new Date(nowMs - ageMs - CLOCK_SLACK_MS);

import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import { RETRY_MS } from '../tokens/refresh-grant.ts';

/** Rows a statement takes at most, so that none holds locks for long. */
export const BATCH_ROWS = 500;

/** The clock of another copy may run behind. */
const CLOCK_SLACK_MS = 60_000;

export interface PurgeStep {
  name: string;
  /** Deals with one batch; fewer rows than `BATCH_ROWS` means that nothing is left. */
  batch(tx: Tx, nowMs: number): Promise<number>;
}

/** Everything that is of no more use, and how one batch of it goes. */
export function purgeSteps({ auditRetentionMs }: { auditRetentionMs: number }): PurgeStep[] {
  return [
    {
      name: 'sealedAnswers',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        UPDATE refresh_token SET sealed_answer = NULL WHERE hash IN (
          SELECT hash FROM refresh_token
          WHERE sealed_answer IS NOT NULL AND used_at < ${before(nowMs, RETRY_MS)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    {
      name: 'refreshTokens',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        DELETE FROM refresh_token WHERE hash IN (
          SELECT hash FROM refresh_token WHERE expires_at < ${before(nowMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    {
      name: 'sessions',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        DELETE FROM session WHERE id IN (
          SELECT id FROM session WHERE expires_at < ${before(nowMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    {
      name: 'revokedTokens',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        DELETE FROM revoked_token WHERE jti IN (
          SELECT jti FROM revoked_token WHERE expires_at < ${before(nowMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    {
      name: 'clientAssertions',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        DELETE FROM client_assertion WHERE (client_id, jti) IN (
          SELECT client_id, jti FROM client_assertion WHERE expires_at < ${before(nowMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    {
      name: 'rateLimits',
      batch: (tx, nowMs) =>
        tx.$executeRaw(Prisma.sql`
        DELETE FROM rate_limit WHERE key IN (
          SELECT key FROM rate_limit WHERE expire < ${before(nowMs).getTime()}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    },
    {
      name: 'auditEvents',
      async batch(tx, nowMs) {
        await tx.$queryRaw(Prisma.sql`SELECT set_config('latchkey.audit_retention', 'on', true)`);
        return tx.$executeRaw(Prisma.sql`
          DELETE FROM audit_event WHERE id IN (
            SELECT id FROM audit_event WHERE at < ${before(nowMs, auditRetentionMs)}
            LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`);
      },
    },
  ];
}

/** Nothing while another copy is at it, which it is no longer than its transaction lasts. */
export async function purgeBatch(tx: Tx, step: PurgeStep, nowMs: number): Promise<number> {
  const [lock] = await tx.$queryRaw<{ held: boolean }[]>(Prisma.sql`
    SELECT pg_try_advisory_xact_lock(hashtextextended('latchkey.housekeeping', 0)) AS held`);
  return lock?.held ? step.batch(tx, nowMs) : 0;
}

const before = (nowMs: number, ageMs = 0) => new Date(nowMs - ageMs - CLOCK_SLACK_MS);

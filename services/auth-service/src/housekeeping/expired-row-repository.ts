import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** Rows a statement takes at most, so that none holds locks for long. */
export const BATCH_ROWS = 500;

/** The clock of another instance may run behind. */
const CLOCK_SLACK_MS = 60_000;

export interface Retention {
  /** How long the answer to a refresh may be asked for again. */
  refreshRetryMs: number;
  /** How long the audit record is kept. */
  auditRetentionMs: number;
}

type RemoveBatch = (nowMs: number, retention: Retention) => Promise<number>;

/** What has expired. */
export function expiredRowRepository(db: Tx) {
  /** @param table and `key`, its primary key, are written into the statement as they are */
  const remove = (table: string, key: string, condition: Prisma.Sql): Promise<number> =>
    db.$executeRaw(Prisma.sql`
      DELETE FROM ${Prisma.raw(table)} WHERE (${Prisma.raw(key)}) IN (
        SELECT ${Prisma.raw(key)} FROM ${Prisma.raw(table)} WHERE ${condition}
        LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`);

  const expired =
    (table: string, key: string): RemoveBatch =>
    (nowMs) =>
      remove(table, key, Prisma.sql`expires_at < ${before(nowMs)}`);

  const batches: Readonly<Record<string, RemoveBatch>> = {
    sealedAnswers: (nowMs, { refreshRetryMs }) =>
      db.$executeRaw(Prisma.sql`
        UPDATE refresh_token SET sealed_answer = NULL WHERE hash IN (
          SELECT hash FROM refresh_token
          WHERE sealed_answer IS NOT NULL AND used_at < ${before(nowMs, refreshRetryMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    refreshTokens: expired('refresh_token', 'hash'),
    sessions: expired('session', 'id'),
    revokedTokens: expired('revoked_token', 'jti'),
    clientAssertions: expired('client_assertion', 'client_id, jti'),
    pushedRequests: expired('pushed_request', 'hash'),
    authorizationCodes: expired('authorization_code', 'hash'),
    browserLogins: expired('browser_login', 'id'),
    rateLimits: (nowMs) =>
      remove('rate_limit', 'key', Prisma.sql`expire < ${before(nowMs).getTime()}`),
    async auditEvents(nowMs, { auditRetentionMs }) {
      await db.$queryRaw(Prisma.sql`SELECT set_config('latchkey.audit_retention', 'on', true)`);
      return remove('audit_event', 'id', Prisma.sql`at < ${before(nowMs, auditRetentionMs)}`);
    },
  };

  return {
    kinds: Object.keys(batches),
    /** A batch with fewer is the last. */
    batchRows: BATCH_ROWS,

    /**
     * Removes one batch. Does nothing while another instance holds the lock, which lasts for its
     * transaction.
     *
     * @returns how many rows it removed
     */
    async removeBatch(kind: string, nowMs: number, retention: Retention): Promise<number> {
      const [lock] = await db.$queryRaw<{ held: boolean }[]>(Prisma.sql`
        SELECT pg_try_advisory_xact_lock(hashtextextended('latchkey.housekeeping', 0)) AS held`);
      return lock?.held ? ((await batches[kind]?.(nowMs, retention)) ?? 0) : 0;
    },
  };
}

const before = (nowMs: number, ageMs = 0) => new Date(nowMs - ageMs - CLOCK_SLACK_MS);

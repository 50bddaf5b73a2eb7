import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** Rows a statement takes at most, so that none holds locks for long. */
export const BATCH_ROWS = 500;
/** More, for a row that every token leaves and that nothing waits for any more. */
const BATCH_ROWS_OF: Readonly<Record<string, number>> = { issuedTokens: 5_000 };

const batchRowsOf = (kind: string) => BATCH_ROWS_OF[kind] ?? BATCH_ROWS;

/** The clock of another instance may run behind. */
const CLOCK_SLACK_MS = 60_000;

/** Longer than any of its codes and access tokens is good. */
const UNUSED_CLIENT_MS = 7 * 86_400_000;

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
  const remove = (
    table: string,
    key: string,
    condition: Prisma.Sql,
    batchRows = BATCH_ROWS,
  ): Promise<number> =>
    db.$executeRaw(Prisma.sql`
      DELETE FROM ${Prisma.raw(table)} WHERE (${Prisma.raw(key)}) IN (
        SELECT ${Prisma.raw(key)} FROM ${Prisma.raw(table)} WHERE ${condition}
        LIMIT ${batchRows} FOR UPDATE SKIP LOCKED)`);

  const expired =
    (table: string, key: string): RemoveBatch =>
    (nowMs) =>
      remove(table, key, Prisma.sql`expires_at < ${before(nowMs)}`);

  /** By the list, which is the first part of the key. */
  const ofExpiredList =
    (table: string, key: string, batchRows?: number): RemoveBatch =>
    (nowMs) => {
      const expiredLists = Prisma.sql`SELECT id FROM status_list WHERE expires_at < ${before(nowMs)}`;
      return remove(table, key, Prisma.sql`list_id IN (${expiredLists})`, batchRows);
    };

  const batches: Readonly<Record<string, RemoveBatch>> = {
    sealedAnswers: (nowMs, { refreshRetryMs }) =>
      db.$executeRaw(Prisma.sql`
        UPDATE refresh_token SET sealed_answer = NULL WHERE hash IN (
          SELECT hash FROM refresh_token
          WHERE sealed_answer IS NOT NULL AND used_at < ${before(nowMs, refreshRetryMs)}
          LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)`),
    refreshTokens: expired('refresh_token', 'hash'),
    sessions: expired('session', 'id'),
    issuedTokens: ofExpiredList('issued_token', 'list_id, idx', batchRowsOf('issuedTokens')),
    statusChanges: ofExpiredList('status_change', 'list_id, seq'),
    // The last of a list, so that its rows are still found by it.
    statusLists: (nowMs) =>
      remove(
        'status_list',
        'id',
        Prisma.sql`expires_at < ${before(nowMs)}
          AND NOT EXISTS (SELECT 1 FROM issued_token WHERE list_id = id)
          AND NOT EXISTS (SELECT 1 FROM status_change WHERE list_id = id)`,
      ),
    clientAssertions: expired('client_assertion', 'client_id, jti'),
    pushedRequests: expired('pushed_request', 'hash'),
    deviceAuthorizations: expired('device_authorization', 'hash'),
    providerSignIns: expired('provider_sign_in', 'hash'),
    authorizationCodes: expired('authorization_code', 'hash'),
    logoutNotices: expired('logout_notice', 'id'),
    outgoingMails: expired('outgoing_mail', 'id'),
    mailedLinks: expired('mailed_link', 'hash'),
    browserLogins: expired('browser_login', 'id'),
    // Of clients that nobody registered, those that nobody uses; the blocked ones stay.
    documentClients: (nowMs) =>
      remove(
        'client',
        'id',
        Prisma.sql`document_fetched_at < ${before(nowMs, UNUSED_CLIENT_MS)} AND disabled_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM session s WHERE s.client_id = client.id)
          AND NOT EXISTS (SELECT 1 FROM consent k WHERE k.client_id = client.id)`,
      ),
    pendingLogins: expired('pending_login', 'browser_hash, purpose_hash'),
    passkeyChallenges: expired('passkey_challenge', 'hash'),
    rateLimits: (nowMs) =>
      remove('rate_limit', 'key', Prisma.sql`expire < ${before(nowMs).getTime()}`),
    async auditEvents(nowMs, { auditRetentionMs }) {
      await db.$queryRaw(Prisma.sql`SELECT set_config('latchkey.audit_retention', 'on', true)`);
      return remove('audit_event', 'id', Prisma.sql`at < ${before(nowMs, auditRetentionMs)}`);
    },
  };

  return {
    kinds: Object.keys(batches),

    /**
     * Removes one batch. Does nothing while another instance holds the lock, which lasts for its
     * transaction.
     *
     * @returns how many rows it removed, and whether there may be more
     */
    async removeBatch(kind: string, nowMs: number, retention: Retention) {
      const [lock] = await db.$queryRaw<{ held: boolean }[]>(Prisma.sql`
        SELECT pg_try_advisory_xact_lock(hashtextextended('latchkey.housekeeping', 0)) AS held`);
      const rows = lock?.held ? ((await batches[kind]?.(nowMs, retention)) ?? 0) : 0;
      return { rows, isMore: rows >= batchRowsOf(kind) };
    },
  };
}

const before = (nowMs: number, ageMs = 0) => new Date(nowMs - ageMs - CLOCK_SLACK_MS);

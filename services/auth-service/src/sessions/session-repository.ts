import { Prisma, type Session } from '../../generated/prisma/client.ts';
import { type AuditRecord, recordSql } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';

export type { Session };

export interface NewSession {
  id: string;
  clientId: string;
  scope: string;
  device: string | undefined;
  address: string | undefined;
  createdAt: Date;
  expiresAt: Date;
  refreshToken: { hash: Uint8Array<ArrayBuffer>; expiresAt: Date } | undefined;
}

/**
 * Opens a session for a login that still stands, with its first refresh token and its record. One
 * statement, because logins are many and each way to the database and back costs as much as it does.
 * The person is held until it ends, so that the next password change sees the session.
 *
 * @returns false when the person was deactivated, or the password changed, since it was checked
 */
export async function openSession(
  tx: Tx,
  login: { id: number; passwordHash: string | null },
  session: NewSession,
  event: AuditRecord,
): Promise<boolean> {
  const { id, clientId, scope, device, address, createdAt, expiresAt, refreshToken } = session;
  const withToken = refreshToken
    ? Prisma.sql`, token AS (
        INSERT INTO refresh_token (hash, session_id, created_at, expires_at)
        SELECT ${refreshToken.hash}, id, ${createdAt}, ${refreshToken.expiresAt} FROM opened)`
    : Prisma.empty;
  const rows = await tx.$queryRaw<unknown[]>(Prisma.sql`
    WITH person AS (
      SELECT id FROM "user" WHERE id = ${login.id} AND password_hash = ${login.passwordHash}
        AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE
    ), opened AS (
      INSERT INTO session (id, user_id, client_id, scope, device, address,
        created_at, last_used_at, expires_at)
      SELECT ${id}::uuid, id, ${clientId}, ${scope}, ${device ?? null}, ${address ?? null},
        ${createdAt}, ${createdAt}, ${expiresAt} FROM person
      RETURNING id
    ), recorded AS (${recordSql(event, Prisma.sql`opened`)})${withToken}
    SELECT 1 FROM opened`);
  return rows.length === 1;
}

/** A person's sessions that still run and were used since, the newest first. */
export const listSessions = (tx: Tx, userId: number, now: Date, since: Date): Promise<Session[]> =>
  tx.session.findMany({
    where: { userId, endedAt: null, expiresAt: { gt: now }, lastUsedAt: { gt: since } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: 200,
  });

interface End {
  at: Date;
  reason: string;
}

/** False when this person has no such session that still runs. */
export async function endSession(tx: Tx, userId: number, id: string, end: End): Promise<boolean> {
  const { count } = await tx.session.updateMany({
    where: { id, userId, endedAt: null },
    data: { endedAt: end.at, endReason: end.reason },
  });
  return count === 1;
}

/** The ids of those that ended now. */
export async function endSessionsOf(
  tx: Tx,
  userId: number,
  end: End & { except?: string | undefined },
): Promise<string[]> {
  const rows = await tx.session.updateManyAndReturn({
    where: { userId, endedAt: null, ...(end.except ? { id: { not: end.except } } : {}) },
    data: { endedAt: end.at, endReason: end.reason },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

export async function touchSession(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.session.update({ where: { id }, data: { lastUsedAt: at }, select: { id: true } });
}

/** A refresh token together with its family and its person, as the lock found them. */
export interface HeldRefreshToken {
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  usedBy: Uint8Array | null;
  sealedAnswer: Uint8Array | null;
  session: Session;
  person: { id: number; username: string; roles: string[] } | undefined;
}

/** Holds the whole family until the transaction ends: one instance decides at a time. */
export async function holdRefreshToken(
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
): Promise<HeldRefreshToken | null> {
  const held = await tx.$queryRaw<unknown[]>(Prisma.sql`
    SELECT 1 FROM session s JOIN refresh_token r ON r.session_id = s.id
    WHERE r.hash = ${hash} FOR NO KEY UPDATE OF s`);
  if (held.length === 0) return null;
  const row = await tx.refreshToken.findUnique({
    where: { hash },
    include: { session: { include: { user: true } } },
  });
  if (!row) return null;
  const { user, ...session } = row.session;
  const person = user.deactivatedAt || user.deletedAt ? undefined : user;
  return { ...row, session, person };
}

/** Of a family that is held. */
export const findRefreshToken = (
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
): Promise<{ createdAt: Date; usedAt: Date | null } | null> =>
  tx.refreshToken.findUnique({ where: { hash }, select: { createdAt: true, usedAt: true } });

export async function addRefreshToken(
  tx: Tx,
  token: { hash: Uint8Array<ArrayBuffer>; sessionId: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await tx.refreshToken.create({ data: token, select: { sessionId: true } });
}

export async function markRefreshTokenUsed(
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
  use: { usedAt: Date; usedBy: Uint8Array<ArrayBuffer>; sealedAnswer: Uint8Array<ArrayBuffer> },
): Promise<void> {
  await tx.refreshToken.update({ where: { hash }, data: use, select: { sessionId: true } });
}

/** Marks an unused token as replaced: presenting it again counts as reuse. */
export async function withdrawRefreshToken(
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
  at: Date,
): Promise<void> {
  await tx.refreshToken.update({
    where: { hash },
    data: { usedAt: at },
    select: { sessionId: true },
  });
}

export async function forgetAnswers(tx: Tx, sessionId: string): Promise<void> {
  await tx.refreshToken.updateMany({
    where: { sessionId, sealedAnswer: { not: null } },
    data: { sealedAnswer: null },
  });
}

export async function markRevoked(tx: Tx, jti: string, expiresAt: Date): Promise<void> {
  await tx.revokedToken.createMany({ data: [{ jti, expiresAt }], skipDuplicates: true });
}

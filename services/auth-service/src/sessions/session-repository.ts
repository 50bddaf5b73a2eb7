import { Prisma, type Session } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

export type { Session };

export interface NewSession {
  userId: number;
  clientId: string;
  scope: string;
  device: string | undefined;
  address: string | undefined;
  createdAt: Date;
  expiresAt: Date;
}

export async function createSession(tx: Tx, session: NewSession): Promise<string> {
  const { device = null, address = null, ...rest } = session;
  const data = { ...rest, device, address, lastUsedAt: session.createdAt };
  const { id } = await tx.session.create({ data, select: { id: true } });
  return id;
}

/** A person's sessions that still run and were used since, the newest first. */
export const listSessions = (tx: Tx, userId: number, now: Date, since: Date): Promise<Session[]> =>
  tx.session.findMany({
    where: { userId, endedAt: null, expiresAt: { gt: now }, lastUsedAt: { gt: since } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: 200,
  });

/** Whether a session still runs; false for one that never was. */
export async function isSessionRunning(tx: Tx, id: string, now: Date): Promise<boolean> {
  const where = { id, endedAt: null, expiresAt: { gt: now } };
  return (await tx.session.count({ where })) === 1;
}

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
  expiresAt: Date;
  usedAt: Date | null;
  usedBy: Uint8Array | null;
  sealedAnswer: Uint8Array | null;
  session: Session;
  person: { id: number; username: string; roles: string[] } | undefined;
}

/** Holds the whole family until the transaction ends: of all copies, one decides at a time. */
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

export async function markRevoked(tx: Tx, jti: string, expiresAt: Date): Promise<void> {
  await tx.revokedToken.createMany({ data: [{ jti, expiresAt }], skipDuplicates: true });
}

export async function isRevoked(tx: Tx, jti: string): Promise<boolean> {
  return (await tx.revokedToken.count({ where: { jti } })) > 0;
}

import { Prisma } from '../../generated/prisma/client.ts';
import type { Database, Tx } from '../database.ts';
import { SKELETON_VERSION } from './skeleton.ts';

/** Prisma's code for it. */
const UNIQUE_VIOLATION = 'P2002';

export interface Person {
  id: number;
  username: string;
  roles: string[];
  createdAt: Date;
}

export interface Login extends Person {
  passwordHash: string | null;
}

const person = { id: true, username: true, roles: true, createdAt: true } as const;
const active = { deactivatedAt: null, deletedAt: null } as const;

/** Null when the username or its skeleton is taken. */
export async function createUser(
  tx: Tx,
  user: { username: string; skeleton: string; passwordHash: string; roles?: string[] },
): Promise<Person | null> {
  const rows = await tx.user.createManyAndReturn({
    data: [{ ...user, skeletonVersion: SKELETON_VERSION }],
    select: person,
    skipDuplicates: true,
  });
  return rows[0] ?? null;
}

/** Deactivated and deleted people are not found: they have no login. */
export const findLogin = (tx: Tx, username: string): Promise<Login | null> =>
  tx.user.findFirst({ where: { username, ...active }, select: { ...person, passwordHash: true } });

export const findPerson = (tx: Tx, id: number): Promise<Person | null> =>
  tx.user.findFirst({ where: { id, ...active }, select: person });

/** False when the hash is no longer the one that was checked. */
export async function replacePasswordHash(
  tx: Tx,
  { id, passwordHash }: Login,
  change: { passwordHash: string; passwordChangedAt?: Date },
): Promise<boolean> {
  const { count } = await tx.user.updateMany({
    where: { id, passwordHash, ...active },
    data: change,
  });
  return count === 1;
}

/** Null when there is no such account, or it is in that state already. */
export async function setDeactivated(tx: Tx, username: string, at: Date | null) {
  const rows = await tx.user.updateManyAndReturn({
    where: { username, deletedAt: null, deactivatedAt: at === null ? { not: null } : null },
    data: { deactivatedAt: at },
    select: person,
  });
  return rows[0] ?? null;
}

/** Keeps the row, which keeps the username from being given out again. */
export async function markDeleted(
  tx: Tx,
  { username, passwordHash }: { username: string; passwordHash: string | undefined },
  at: Date,
): Promise<Person | null> {
  const rows = await tx.user.updateManyAndReturn({
    where: { username, ...(passwordHash ? { passwordHash } : {}), deletedAt: null },
    data: { deletedAt: at, passwordHash: null },
    select: person,
  });
  return rows[0] ?? null;
}

/** Deactivated ones are accounts, deleted ones no longer. */
export const isAccount = async (tx: Tx, username: string): Promise<boolean> =>
  (await tx.user.count({ where: { username, deletedAt: null } })) > 0;

export const listOutdatedSkeletons = (tx: Tx, version: number, take: number) =>
  tx.user.findMany({
    where: { skeletonVersion: { lt: version } },
    select: { id: true, username: true },
    orderBy: { id: 'asc' },
    take,
  });

/** Somebody who holds the skeleton already keeps it; then only the version is set. */
export async function renewSkeleton(
  db: Database,
  id: number,
  skeleton: string,
  skeletonVersion: number,
): Promise<void> {
  const change = (data: { skeleton?: string; skeletonVersion: number }) =>
    db.user.updateMany({ where: { id }, data });
  try {
    await change({ skeleton, skeletonVersion });
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    await change({ skeletonVersion });
  }
}

/** A person as administrators see them, in whatever state. */
export interface Account extends Person {
  deactivatedAt: Date | null;
  deletedAt: Date | null;
}

const account = { ...person, deactivatedAt: true, deletedAt: true } as const;

/** The oldest first; `search` is how the username begins. */
export const listAccounts = (
  tx: Tx,
  { search, after, limit }: { search: string | undefined; after: number; limit: number },
): Promise<Account[]> =>
  tx.user.findMany({
    where: {
      id: { gt: after },
      ...(search ? { username: { startsWith: search, mode: 'insensitive' } } : {}),
    },
    select: account,
    orderBy: { id: 'asc' },
    take: limit,
  });

export const findAccount = (tx: Tx, id: number): Promise<Account | null> =>
  tx.user.findUnique({ where: { id }, select: account });

export const findAccountNamed = (tx: Tx, username: string): Promise<Account | null> =>
  tx.user.findUnique({ where: { username }, select: account });

export async function setRoles(tx: Tx, id: number, roles: string[]): Promise<void> {
  await tx.user.update({ where: { id }, data: { roles }, select: { id: true } });
}

/** The administrators, of whom none can change before the transaction ends. */
export async function holdAdmins(tx: Tx): Promise<number[]> {
  const rows = await tx.$queryRaw<{ id: number }[]>(Prisma.sql`
    SELECT id FROM "user" WHERE 'admin' = ANY(roles)
      AND deactivated_at IS NULL AND deleted_at IS NULL ORDER BY id FOR UPDATE`);
  return rows.map(({ id }) => id);
}

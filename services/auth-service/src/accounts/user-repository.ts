import { Prisma } from '../../generated/prisma/client.ts';
import { type Database, literally, type Tx } from '../database.ts';
import { canonicalNameOf, type TypedName } from '../names/canonical-name.ts';
import { foldedForms } from '../names/folded-forms.ts';
import { SKELETON_VERSION } from '../names/skeleton.ts';

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
/** More than older rules can have let in, or so few that it makes no difference. */
const MAX_NAMESAKES = 10;

const called = ({ exact, canonical }: TypedName) => ({
  OR: [{ username: exact }, { canonicalName: canonical }],
});

/** The one with this very name, else the only one whom it can mean. */
function pick<Row extends { username: string }>({ exact }: TypedName, rows: Row[]): Row | null {
  const namesake = rows.length === 1 ? rows[0] : undefined;
  return rows.find(({ username }) => username === exact) ?? namesake ?? null;
}

const active = { deactivatedAt: null, deletedAt: null } as const;

/** Null when the username or its skeleton is taken. */
export async function createUser(
  tx: Tx,
  user: { username: string; passwordHash: string; roles?: string[] },
): Promise<Person | null> {
  const rows = await tx.user.createManyAndReturn({
    data: [{ ...user, ...foldedForms(user.username) }],
    select: person,
    skipDuplicates: true,
  });
  return rows[0] ?? null;
}

/** Deactivated and deleted people are not found: they have no login. */
export const findLogin = async (tx: Tx, name: TypedName): Promise<Login | null> =>
  pick(
    name,
    await tx.user.findMany({
      where: { ...called(name), ...active },
      select: { ...person, passwordHash: true },
      take: MAX_NAMESAKES,
    }),
  );

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

export const listOutdatedForms = (tx: Tx, take: number) =>
  tx.user.findMany({
    where: { skeletonVersion: { lt: SKELETON_VERSION } },
    select: { id: true, username: true },
    orderBy: { id: 'asc' },
    take,
  });

/** A user who holds the skeleton already keeps it; the rest is renewed. */
export async function renewFoldedForms(
  db: Database,
  { id, username }: { id: number; username: string },
): Promise<void> {
  const { skeleton, ...others } = foldedForms(username);
  const change = (data: Partial<ReturnType<typeof foldedForms>>) =>
    db.user.updateMany({ where: { id }, data });
  try {
    await change({ skeleton, ...others });
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    await change(others);
  }
}

/** A person as administrators see them, in whatever state. */
export interface Account extends Person {
  deactivatedAt: Date | null;
  deletedAt: Date | null;
}

const account = { ...person, deactivatedAt: true, deletedAt: true } as const;

const beginningWith = (search: string): Prisma.UserWhereInput => ({
  OR: [
    { username: { startsWith: literally(search), mode: 'insensitive' } },
    { canonicalName: { startsWith: literally(canonicalNameOf(search)) } },
  ],
});

/** The oldest first; `search` is how the username begins. */
export const listAccounts = (
  tx: Tx,
  { search, after, limit }: { search: string | undefined; after: number; limit: number },
): Promise<Account[]> =>
  tx.user.findMany({
    where: {
      id: { gt: after },
      ...(search ? beginningWith(search) : {}),
    },
    select: account,
    orderBy: { id: 'asc' },
    take: limit,
  });

export const findAccount = (tx: Tx, id: number): Promise<Account | null> =>
  tx.user.findUnique({ where: { id }, select: account });

export const findAccountNamed = async (tx: Tx, name: TypedName): Promise<Account | null> =>
  pick(name, await tx.user.findMany({ where: called(name), select: account, take: MAX_NAMESAKES }));

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

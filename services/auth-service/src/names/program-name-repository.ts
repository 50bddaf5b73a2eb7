import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

const LOCK = Prisma.sql`hashtextextended('latchkey.names', 0)`;

/** No program gets a name until the transaction ends. People do not wait for each other. */
export const holdProgramNames = (tx: Tx): Promise<unknown> =>
  tx.$executeRaw(Prisma.sql`SELECT pg_advisory_xact_lock_shared(${LOCK})`);

/** Nobody gets a name, person or program, until the transaction ends. */
export const holdAllNames = (tx: Tx): Promise<unknown> =>
  tx.$executeRaw(Prisma.sql`SELECT pg_advisory_xact_lock(${LOCK})`);

/** Those of the skeletons that programs have. */
export async function findProgramSkeletons(tx: Tx, skeletons: string[]): Promise<Set<string>> {
  const rows = await tx.programName.findMany({
    where: { skeleton: { in: skeletons } },
    select: { skeleton: true },
  });
  return new Set(rows.map(({ skeleton }) => skeleton));
}

export interface SkeletonOfName {
  name: string;
  skeleton: string;
}

/** Names that are there already stay as they are. @returns how many are new */
export async function addProgramNames(
  tx: Tx,
  names: SkeletonOfName[],
  skeletonVersion: number,
): Promise<number> {
  const data = names.map((name) => ({ ...name, skeletonVersion }));
  const { count } = await tx.programName.createMany({ data, skipDuplicates: true });
  return count;
}

/** The ids of clients that got none yet, with a skeleton that is to be renewed. */
export const addNamesOfClients = (tx: Tx): Promise<unknown> =>
  tx.$executeRaw(Prisma.sql`
    INSERT INTO program_name (name, skeleton, skeleton_version)
    SELECT id, id, 0 FROM client ON CONFLICT DO NOTHING`);

export async function listOutdatedNames(tx: Tx, skeletonVersion: number): Promise<string[]> {
  const rows = await tx.programName.findMany({
    where: { skeletonVersion: { lt: skeletonVersion } },
    select: { name: true },
  });
  return rows.map(({ name }) => name);
}

/** In one statement, for there may be thousands of clients. */
export const renewNames = (tx: Tx, renewed: SkeletonOfName[], version: number): Promise<unknown> =>
  tx.$executeRaw(Prisma.sql`
    UPDATE program_name p SET skeleton = n.skeleton, skeleton_version = ${version}
    FROM unnest(${renewed.map(({ name }) => name)}::text[],
      ${renewed.map(({ skeleton }) => skeleton)}::text[]) AS n (name, skeleton)
    WHERE p.name = n.name`);

/** Usernames, those of deleted accounts too, that are one of the names or look like one. */
export async function findUsernamesLike(
  tx: Tx,
  names: SkeletonOfName[],
): Promise<{ username: string; skeleton: string }[]> {
  return tx.user.findMany({
    where: {
      OR: [
        { username: { in: names.map(({ name }) => name) } },
        { skeleton: { in: names.map(({ skeleton }) => skeleton) } },
      ],
    },
    select: { username: true, skeleton: true },
  });
}

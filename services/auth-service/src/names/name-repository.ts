import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import { foldedForms } from './folded-forms.ts';
import { SKELETON_VERSION } from './skeleton.ts';

export type NameRepository = ReturnType<typeof nameRepository>;

export interface SkeletonOfName {
  name: string;
  skeleton: string;
}

const LOCK = Prisma.sql`hashtextextended('latchkey.names', 0)`;
/** Prisma's code for it. */
const UNIQUE_VIOLATION = 'P2002';

/** The names of people and programs, and the folded forms by which they are compared. */
export function nameRepository(db: Tx) {
  return {
    /**
     * Those of the skeletons that programs have. Call it first in the transaction: no program gets a
     * name until it ends. People do not wait for each other.
     */
    async holdProgramSkeletons(skeletons: string[]): Promise<Set<string>> {
      await db.$executeRaw(Prisma.sql`SELECT pg_advisory_xact_lock_shared(${LOCK})`);
      const rows = await db.programName.findMany({
        where: { skeleton: { in: skeletons } },
        select: { skeleton: true },
      });
      return new Set(rows.map(({ skeleton }) => skeleton));
    },

    /** No person or program gets a name until the transaction ends. Call it first in it. */
    holdAll: (): Promise<unknown> =>
      db.$executeRaw(Prisma.sql`SELECT pg_advisory_xact_lock(${LOCK})`),

    /** Names that are there already stay as they are. @returns how many are new */
    async addOfPrograms(names: SkeletonOfName[]): Promise<number> {
      const data = names.map((name) => ({ ...name, skeletonVersion: SKELETON_VERSION }));
      const { count } = await db.programName.createMany({ data, skipDuplicates: true });
      return count;
    },

    /**
     * The ids of clients that have no name yet, with a skeleton that is to be renewed. No username is
     * like the address of a metadata document.
     */
    addOfClients: (): Promise<unknown> =>
      db.$executeRaw(Prisma.sql`
        INSERT INTO program_name (name, skeleton, skeleton_version)
        SELECT id, id, 0 FROM client WHERE document_fetched_at IS NULL ON CONFLICT DO NOTHING`),

    async listOutdatedOfPrograms(): Promise<string[]> {
      const rows = await db.programName.findMany({
        where: { skeletonVersion: { lt: SKELETON_VERSION } },
        select: { name: true },
      });
      return rows.map(({ name }) => name);
    },

    /** In one statement: there may be thousands of clients. */
    renewOfPrograms: (renewed: SkeletonOfName[]): Promise<unknown> =>
      db.$executeRaw(Prisma.sql`
        UPDATE program_name p SET skeleton = n.skeleton, skeleton_version = ${SKELETON_VERSION}
        FROM unnest(${renewed.map(({ name }) => name)}::text[],
          ${renewed.map(({ skeleton }) => skeleton)}::text[]) AS n (name, skeleton)
        WHERE p.name = n.name`),

    /** Usernames, those of deleted accounts too, that are one of the names or look like one. */
    findUsernamesLike: (
      names: SkeletonOfName[],
    ): Promise<{ username: string; skeleton: string }[]> =>
      db.user.findMany({
        where: {
          OR: [
            { username: { in: names.map(({ name }) => name) } },
            { skeleton: { in: names.map(({ skeleton }) => skeleton) } },
          ],
        },
        select: { username: true, skeleton: true },
      }),

    listOutdatedOfPeople: (take: number): Promise<{ id: number; username: string }[]> =>
      db.user.findMany({
        where: { skeletonVersion: { lt: SKELETON_VERSION } },
        select: { id: true, username: true },
        orderBy: { id: 'asc' },
        take,
      }),

    /** A user who holds the skeleton already keeps it; the rest is renewed. */
    async renewOfPerson({ id, username }: { id: number; username: string }): Promise<void> {
      const { skeleton, ...others } = foldedForms(username);
      const change = (data: Partial<ReturnType<typeof foldedForms>>) =>
        db.user.updateMany({ where: { id }, data });
      try {
        await change({ skeleton, ...others });
      } catch (error) {
        if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
        await change(others);
      }
    },
  };
}

import type { Passkey as Row } from '../../generated/prisma/client.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type Passkey = Omit<Row, 'publicKey' | 'counter'> & {
  publicKey: Hash;
  counter: number;
};

/** What a use tells of a passkey. */
export interface PasskeyUse {
  counter: number;
  isBackedUp: boolean;
  at: Date;
}

export type ChallengePurpose = 'sign_in' | 'second_factor' | 'register';

export interface Challenge {
  hash: Hash;
  browserHash: Hash;
  purpose: ChallengePurpose;
  /** Whose passkey it is to be; undefined when anyone's. */
  userId: number | undefined;
}

export function passkeyRepository(db: Tx) {
  return {
    find: async (id: string): Promise<Passkey | null> => {
      const row = await db.passkey.findUnique({ where: { id } });
      return row && toPasskey(row);
    },

    /** The oldest first. */
    listOf: async (userId: number): Promise<Passkey[]> =>
      (await db.passkey.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } })).map(
        toPasskey,
      ),

    /** False when there is one with this id. */
    async add(passkey: Passkey): Promise<boolean> {
      const { count } = await db.passkey.createMany({ data: [passkey], skipDuplicates: true });
      return count === 1;
    },

    async rename(userId: number, id: string, name: string): Promise<boolean> {
      return (await db.passkey.updateMany({ where: { id, userId }, data: { name } })).count === 1;
    },

    /** @returns its name; null when there is no such passkey of this person */
    async remove(userId: number, id: string): Promise<string | null> {
      const [row] = await db.$queryRaw<{ name: string }[]>(Prisma.sql`
        DELETE FROM passkey WHERE id = ${id} AND user_id = ${userId} RETURNING name`);
      return row?.name ?? null;
    },

    /** False when the authenticator has counted further already, or the passkey is gone. */
    async use(id: string, { counter, isBackedUp, at }: PasskeyUse): Promise<boolean> {
      const count = await db.$executeRaw(Prisma.sql`
        UPDATE passkey SET counter = ${counter}, is_backed_up = ${isBackedUp}, last_used_at = ${at}
        WHERE id = ${id} AND (counter < ${counter} OR (counter = 0 AND ${counter} = 0))`);
      return count === 1;
    },

    async addChallenge({ userId, ...challenge }: Challenge, expiresAt: Date): Promise<void> {
      const data = { ...challenge, userId: userId ?? null, expiresAt };
      await db.passkeyChallenge.create({ data, select: { purpose: true } });
    },

    /** Ends it. False when it was used, has expired, or was for something else. */
    async takeChallenge({ userId, ...challenge }: Challenge, now: Date): Promise<boolean> {
      const where = { ...challenge, userId: userId ?? null, expiresAt: { gt: now } };
      return (await db.passkeyChallenge.deleteMany({ where })).count === 1;
    },
  };
}

const toPasskey = ({ publicKey, counter, ...row }: Row): Passkey => ({
  ...row,
  publicKey: Uint8Array.from(publicKey),
  counter: Number(counter),
});

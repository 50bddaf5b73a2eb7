import { Prisma, type Totp } from '../../generated/prisma/client.ts';
import { hasFactorSql } from '../accounts/user-repository.ts';
import type { Tx } from '../database.ts';
import type { SealedTotpSecret } from './totp-secrets.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type TotpUse = Pick<Totp, 'createdAt' | 'lastUsedAt'>;

export type FactorRepository = ReturnType<typeof factorRepository>;

/** A person's authenticator app and recovery codes, and whether there is a second factor at all. */
export function factorRepository(db: Tx) {
  return {
    /** Until the transaction ends, no other one changes this person's factors. First in each that does. */
    async hold(userId: number): Promise<void> {
      await db.$queryRaw(Prisma.sql`SELECT 1 FROM "user" WHERE id = ${userId} FOR UPDATE`);
    },

    /** Whether the person has a second factor. */
    async has(userId: number): Promise<boolean> {
      const [row] = await db.$queryRaw<{ has: boolean }[]>(Prisma.sql`
        SELECT ${hasFactorSql(Prisma.sql`${userId}`)} AS has`);
      return row?.has ?? false;
    },

    findTotp: (userId: number) => db.totp.findUnique({ where: { userId } }),

    /** False when there is one already. */
    async addTotp(
      totp: SealedTotpSecret & { userId: number; lastStep: number; createdAt: Date },
    ): Promise<boolean> {
      const { count } = await db.totp.createMany({ data: [totp], skipDuplicates: true });
      return count === 1;
    },

    /** False when a code of this step, or of a later one, was taken before. */
    async takeTotpStep(userId: number, step: number, at: Date): Promise<boolean> {
      const { count } = await db.totp.updateMany({
        where: { userId, lastStep: { lt: step } },
        data: { lastStep: step, lastUsedAt: at },
      });
      return count === 1;
    },

    async removeTotp(userId: number): Promise<boolean> {
      return (await db.totp.deleteMany({ where: { userId } })).count === 1;
    },

    /** Those that the previous key sealed. */
    listTotpToReseal: (
      { previousId }: { previousId: string | undefined },
      { after, take }: { after: number; take: number },
    ): Promise<(SealedTotpSecret & { userId: number })[]> =>
      previousId === undefined
        ? Promise.resolve([])
        : db.totp.findMany({
            where: { sealedBy: previousId, userId: { gt: after } },
            select: { userId: true, sealedSecret: true, sealedBy: true },
            orderBy: { userId: 'asc' },
            take,
          }),

    /** Unless it was changed since it was read. */
    async resealTotp(
      { userId, sealedSecret }: { userId: number } & Pick<SealedTotpSecret, 'sealedSecret'>,
      sealed: SealedTotpSecret,
    ): Promise<void> {
      await db.totp.updateMany({ where: { userId, sealedSecret }, data: sealed });
    },

    countRecoveryCodes: (userId: number): Promise<number> =>
      db.recoveryCode.count({ where: { userId } }),

    async replaceRecoveryCodes(userId: number, hashes: readonly Hash[]): Promise<void> {
      await db.recoveryCode.deleteMany({ where: { userId } });
      await db.recoveryCode.createMany({ data: hashes.map((hash) => ({ userId, hash })) });
    },

    /** False when there is no such code, or it was used. */
    async takeRecoveryCode(userId: number, hash: Hash): Promise<boolean> {
      return (await db.recoveryCode.deleteMany({ where: { userId, hash } })).count === 1;
    },

    /** @returns whether there was a factor */
    async removeAll(userId: number): Promise<boolean> {
      const where = { userId };
      const apps = await db.totp.deleteMany({ where });
      const passkeys = await db.passkey.deleteMany({ where });
      await db.recoveryCode.deleteMany({ where });
      return apps.count + passkeys.count > 0;
    },
  };
}

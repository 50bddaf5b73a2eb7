import type { ProviderSignIn } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type { ProviderSignIn };

type NewSignIn = Pick<
  ProviderSignIn,
  'nonce' | 'codeVerifier' | 'query' | 'mustProve' | 'userId' | 'expiresAt'
> & { hash: Hash; browserHash: Hash };

interface Presented {
  hash: Hash;
  /** Of the cookie of the browser that brings it. */
  browserHash: Hash;
  now: Date;
}

/** Who people are elsewhere, and those who are on the way. */
export function providerRepository(db: Tx) {
  return {
    async begin(signIn: NewSignIn): Promise<void> {
      await db.providerSignIn.create({ data: signIn, select: { expiresAt: true } });
    },

    /** The one use of a `state`, by the browser that it was made for. */
    async takeAnswer({ hash, browserHash, now }: Presented): Promise<ProviderSignIn | null> {
      const rows = await db.providerSignIn.updateManyAndReturn({
        where: { hash, browserHash, answeredAt: null, expiresAt: { gt: now } },
        data: { answeredAt: now },
      });
      return rows[0] ?? null;
    },

    /** Whom the provider named, who has no account here yet. */
    async keepIdentity(
      hash: Hash,
      data: { subject: string; authTime: Date | null },
    ): Promise<void> {
      await db.providerSignIn.update({
        where: { hash },
        data,
        select: { expiresAt: true },
      });
    },

    findNewcomer: ({ hash, browserHash, now }: Presented): Promise<ProviderSignIn | null> =>
      db.providerSignIn.findFirst({
        where: { hash, browserHash, subject: { not: null }, expiresAt: { gt: now } },
      }),

    /** False when it is gone already: a newcomer gets one account. */
    async finish(hash: Hash): Promise<boolean> {
      const { count } = await db.providerSignIn.deleteMany({ where: { hash } });
      return count === 1;
    },

    /** By the two that never change, and nothing else. */
    async useIdentity(issuer: string, subject: string, at: Date): Promise<number | undefined> {
      const rows = await db.providerIdentity.updateManyAndReturn({
        where: { issuer, subject },
        data: { lastUsedAt: at },
        select: { userId: true },
      });
      return rows[0]?.userId;
    },

    /** False when it belongs to an account already. */
    async addIdentity(identity: {
      issuer: string;
      subject: string;
      userId: number;
      at: Date;
    }): Promise<boolean> {
      const { at, ...rest } = identity;
      const { count } = await db.providerIdentity.createMany({
        data: [{ ...rest, createdAt: at, lastUsedAt: at }],
        skipDuplicates: true,
      });
      return count === 1;
    },

    isConnected: async (issuer: string, userId: number): Promise<boolean> =>
      (await db.providerIdentity.count({ where: { issuer, userId } })) > 0,

    async removeIdentities(issuer: string, userId: number): Promise<number> {
      const { count } = await db.providerIdentity.deleteMany({ where: { issuer, userId } });
      return count;
    },

    async removeAll(userId: number): Promise<void> {
      await db.providerIdentity.deleteMany({ where: { userId } });
      await db.providerSignIn.deleteMany({ where: { userId } });
    },
  };
}

import { type AuthorizationCode, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type NewCode = Omit<AuthorizationCode, 'hash' | 'nonce' | 'usedAt' | 'sessionId'> & {
  hash: Hash;
  nonce: string | undefined;
};

/** A code as the lock found it, with the person as they are now, if the account is open. */
export interface HeldCode extends Omit<AuthorizationCode, 'nonce'> {
  nonce: string | undefined;
  person: { id: number; username: string; roles: string[] } | undefined;
}

export function authorizationCodeRepository(db: Tx) {
  return {
    async add({ nonce, ...code }: NewCode): Promise<void> {
      const data = { ...code, nonce: nonce ?? null };
      await db.authorizationCode.create({ data, select: { clientId: true } });
    },

    /** Holds it until the transaction ends: one request decides at a time. */
    async hold(hash: Hash): Promise<HeldCode | null> {
      const held = await db.$queryRaw<unknown[]>(Prisma.sql`
        SELECT 1 FROM authorization_code WHERE hash = ${hash} FOR UPDATE`);
      if (held.length === 0) return null;
      const code = await db.authorizationCode.findUnique({ where: { hash } });
      if (!code) return null;
      const person = await db.user.findFirst({
        where: { id: code.userId, deactivatedAt: null, deletedAt: null },
        select: { id: true, username: true, roles: true },
      });
      return { ...code, nonce: code.nonce ?? undefined, person: person ?? undefined };
    },

    async markUsed(hash: Hash, use: { usedAt: Date; sessionId: string }): Promise<void> {
      await db.authorizationCode.update({ where: { hash }, data: use, select: { clientId: true } });
    },
  };
}

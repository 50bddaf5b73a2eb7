import type { Prisma, SigningKey } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

export type { SigningKey };

export interface NewSigningKey
  extends Pick<
    SigningKey,
    'id' | 'algorithm' | 'state' | 'sealedBy' | 'createdAt' | 'activatedAt'
  > {
  publicJwk: object;
  sealedKey: Uint8Array<ArrayBuffer>;
}

export type KeyRepository = ReturnType<typeof keyRepository>;

export function keyRepository(db: Tx) {
  const change = async (id: string, data: Prisma.SigningKeyUpdateInput): Promise<void> => {
    await db.signingKey.update({ where: { id }, data });
  };

  return {
    /** Only one instance at a time changes the key set; held until the transaction ends. */
    async holdSet(): Promise<void> {
      await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('signing keys', 0))`;
    },

    /** The oldest first. */
    listAll: (): Promise<SigningKey[]> => db.signingKey.findMany({ orderBy: { createdAt: 'asc' } }),

    /** Every key that is published, the oldest first. */
    listPublished: (): Promise<SigningKey[]> =>
      db.signingKey.findMany({ where: { state: { not: 'gone' } }, orderBy: { createdAt: 'asc' } }),

    async create(key: NewSigningKey): Promise<void> {
      const publicJwk = key.publicJwk as Prisma.InputJsonObject;
      await db.signingKey.create({ data: { ...key, publicJwk } });
    },

    activate: (id: string, at: Date) => change(id, { state: 'active', activatedAt: at }),

    retire: (id: string, at: Date) => change(id, { state: 'retiring', retiredAt: at }),

    /** The record stays, the private key does not. */
    remove: (id: string, at: Date) => change(id, { state: 'gone', goneAt: at, sealedKey: null }),

    reseal: (id: string, sealed: Pick<NewSigningKey, 'sealedKey' | 'sealedBy'>) =>
      change(id, sealed),
  };
}

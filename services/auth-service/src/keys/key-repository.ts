import type { Prisma, SigningKey } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

export type { Prisma } from '../../generated/prisma/client.ts';

export type { SigningKey };

/** Only one instance at a time changes the key set; held until the transaction ends. */
export async function lockKeySet(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('signing keys', 0))`;
}

/** Every key that is published, oldest first. */
export const listPublishedKeys = (tx: Tx): Promise<SigningKey[]> =>
  tx.signingKey.findMany({ where: { state: { not: 'gone' } }, orderBy: { createdAt: 'asc' } });

export const listAllKeys = (tx: Tx): Promise<SigningKey[]> =>
  tx.signingKey.findMany({ orderBy: { createdAt: 'asc' } });

export async function insertKey(tx: Tx, key: Prisma.SigningKeyCreateInput): Promise<void> {
  await tx.signingKey.create({ data: key });
}

export async function activateKey(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.signingKey.update({ where: { id }, data: { state: 'active', activatedAt: at } });
}

export async function retireKey(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.signingKey.update({ where: { id }, data: { state: 'retiring', retiredAt: at } });
}

/** The record stays, the private key does not. */
export async function removeKey(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.signingKey.update({
    where: { id },
    data: { state: 'gone', goneAt: at, sealedKey: null },
  });
}

export async function replaceSealedKey(
  tx: Tx,
  id: string,
  sealedKey: Uint8Array<ArrayBuffer>,
  sealedBy: string,
): Promise<void> {
  await tx.signingKey.update({ where: { id }, data: { sealedKey, sealedBy } });
}

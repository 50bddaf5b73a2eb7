import type { Client } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

export type { Client };

/** A disabled client is not found. */
export const findClient = (tx: Tx, id: string): Promise<Client | null> =>
  tx.client.findFirst({ where: { id, disabledAt: null } });

/** False when this client used this assertion before (RFC 7523 §3). */
export async function useAssertion(
  tx: Tx,
  assertion: { clientId: string; jti: string; expiresAt: Date },
): Promise<boolean> {
  const { count } = await tx.clientAssertion.createMany({
    data: [assertion],
    skipDuplicates: true,
  });
  return count === 1;
}

/** Makes a client, or brings an existing one to this registration. */
export async function saveClient(tx: Tx, client: Omit<Client, 'createdAt' | 'disabledAt'>) {
  const { jwks, ...rest } = client;
  const data = { ...rest, ...(jwks === null ? {} : { jwks: jwks as object }) };
  await tx.client.upsert({ where: { id: client.id }, create: data, update: data });
}

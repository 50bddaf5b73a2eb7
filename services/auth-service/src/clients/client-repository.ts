import type { Client } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

export type { Client };

/** Our own clients are not held to a list, unless they have one. */
export const mayHaveScope = (
  { scopes, firstParty }: Pick<Client, 'scopes' | 'firstParty'>,
  scope: string,
): boolean => scopes.includes(scope) || (firstParty && scopes.length === 0);

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

/** Disabled ones too: their ids are not given out again. */
export const findAnyClient = (tx: Tx, id: string): Promise<Client | null> =>
  tx.client.findUnique({ where: { id } });

/** By id. */
export const listClients = (tx: Tx, after: string, limit: number): Promise<Client[]> =>
  tx.client.findMany({ where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: limit });

export interface NewClient {
  id: string;
  name: string;
  authentication: Client['authentication'];
  secretHash: Uint8Array<ArrayBuffer> | null;
  jwks: object | undefined;
  grantTypes: string[];
  scopes: string[];
  redirectUris: string[];
  firstParty: boolean;
}

/** Null when the id is taken. */
export async function createClient(tx: Tx, { jwks, ...client }: NewClient): Promise<Client | null> {
  const rows = await tx.client.createManyAndReturn({
    data: [{ ...client, ...(jwks ? { jwks } : {}) }],
    skipDuplicates: true,
  });
  return rows[0] ?? null;
}

export const updateClient = (
  tx: Tx,
  id: string,
  change: Partial<Pick<NewClient, 'name' | 'scopes' | 'redirectUris' | 'secretHash'>> & {
    disabledAt?: Date | null;
  },
): Promise<Client> => tx.client.update({ where: { id }, data: change });

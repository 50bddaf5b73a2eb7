import type { Page } from '@latchkey/service-kit/http/list-route';
import type { Client } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

export type { Client };

export interface NewClient {
  id: string;
  name: string;
  authentication: Client['authentication'];
  secretHash: Uint8Array<ArrayBuffer> | null;
  jwks: object | undefined;
  grantTypes: string[];
  scopes: string[];
  redirectUris: string[];
  /** None if not given. */
  postLogoutUris?: string[];
  /** Where it is told that a session ended; nowhere if not given. */
  backchannelLogoutUri?: string | null;
  backchannelLogoutSessionRequired?: boolean;
  firstParty: boolean;
  followsScopes?: boolean;
  /** The service that it is, if it is one. */
  audience?: string | null;
  /** Of a client that is its metadata document. */
  documentFetchedAt?: Date | null;
  documentExpiresAt?: Date | null;
}

export type ClientPage = Pick<Page<'id', string, string>, 'after' | 'take'>;
export type ClientRepository = ReturnType<typeof clientRepository>;

export function clientRepository(db: Tx) {
  return {
    /** Disabled ones too: their ids are not given out again. */
    find: (id: string): Promise<Client | null> => db.client.findUnique({ where: { id } }),

    /** A disabled client is not found. */
    findEnabled: (id: string): Promise<Client | null> =>
      db.client.findFirst({ where: { id, disabledAt: null } }),

    /** By id. */
    list: ({ after, take }: ClientPage): Promise<Client[]> =>
      db.client.findMany({ where: { id: { gt: after?.id ?? '' } }, orderBy: { id: 'asc' }, take }),

    /** Null when the id is taken. */
    async create({ jwks, ...client }: NewClient): Promise<Client | null> {
      const rows = await db.client.createManyAndReturn({
        data: [{ ...client, ...(jwks ? { jwks } : {}) }],
        skipDuplicates: true,
      });
      return rows[0] ?? null;
    },

    /** As its document describes it. False when it has a row already. */
    async createFromDocument({ jwks, ...client }: Client): Promise<boolean> {
      const data = [{ ...client, ...(jwks === null ? {} : { jwks }) }];
      const { count } = await db.client.createMany({ data, skipDuplicates: true });
      return count === 1;
    },

    replaceSecret: (id: string, secretHash: Uint8Array<ArrayBuffer>): Promise<Client> =>
      db.client.update({ where: { id }, data: { secretHash } }),

    /** False when this client used this assertion before (RFC 7523 §3). */
    async useAssertion(assertion: {
      clientId: string;
      jti: string;
      expiresAt: Date;
    }): Promise<boolean> {
      const { count } = await db.clientAssertion.createMany({
        data: [assertion],
        skipDuplicates: true,
      });
      return count === 1;
    },
  };
}

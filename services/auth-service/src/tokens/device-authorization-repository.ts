import { type Client, type DeviceAuthorization, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import type { KnownEmail } from '../mail/email-address.ts';

type Hash = Uint8Array<ArrayBuffer>;

export interface NewDeviceAuthorization {
  hash: Hash;
  userCodeHash: Hash;
  clientId: string;
  parameters: { scope?: string; resource?: string[] };
  device: string | null;
  address: string | null;
  createdAt: Date;
  expiresAt: Date;
  intervalSeconds: number;
}

/** What a person allows. */
export interface Allowed {
  userId: number;
  scope: string;
  followsScopes: boolean;
  authTime: Date;
  amr: string[];
}

type Person = { id: number; username: string; roles: string[] } & KnownEmail;

/** As the lock found it, with the person as they are now, if the account is open. */
export interface HeldDeviceAuthorization
  extends Pick<DeviceAuthorization, 'expiresAt' | 'usedAt' | 'polledAt' | 'intervalSeconds'> {
  isDecided: boolean;
  allowed: (Omit<Allowed, 'userId'> & { person: Person }) | undefined;
}

export type WaitingDevice = DeviceAuthorization & { client: Client };

export function deviceAuthorizationRepository(db: Tx) {
  /** Once, and in time. */
  const decide = async (
    userCodeHash: Hash,
    at: Date,
    allowed: Partial<Allowed>,
  ): Promise<boolean> => {
    const { count } = await db.deviceAuthorization.updateMany({
      where: { userCodeHash, decidedAt: null, expiresAt: { gt: at } },
      data: { decidedAt: at, ...allowed },
    });
    return count === 1;
  };

  return {
    /** False when another one has this user code. */
    async add(authorization: NewDeviceAuthorization): Promise<boolean> {
      const data = [{ ...authorization, parameters: { ...authorization.parameters } }];
      const { count } = await db.deviceAuthorization.createMany({ data, skipDuplicates: true });
      return count === 1;
    },

    /** One that waits for a person, with its client as long as that is enabled. */
    async findWaiting(userCodeHash: Hash, now: Date): Promise<WaitingDevice | null> {
      const row = await db.deviceAuthorization.findFirst({
        where: { userCodeHash, decidedAt: null, expiresAt: { gt: now } },
      });
      const client =
        row && (await db.client.findFirst({ where: { id: row.clientId, disabledAt: null } }));
      return row && client ? { ...row, client } : null;
    },

    /** False when it was decided or has expired. */
    allow: (userCodeHash: Hash, at: Date, allowed: Allowed) => decide(userCodeHash, at, allowed),
    deny: (userCodeHash: Hash, at: Date) => decide(userCodeHash, at, {}),

    /**
     * Holds the person, then the row, until the transaction ends: one request decides at a time, and
     * whatever ends the person's sessions comes before or after. Null for another client's.
     */
    async hold(hash: Hash, clientId: string): Promise<HeldDeviceAuthorization | null> {
      const known = await db.deviceAuthorization.findFirst({ where: { hash, clientId } });
      if (!known) return null;
      const [person] = await db.$queryRaw<Person[]>(
        Prisma.sql`SELECT id, username, roles, email, verified_email AS "verifiedEmail"
          FROM "user" WHERE id = ${known.userId}
          AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE`,
      );
      await db.$queryRaw(
        Prisma.sql`SELECT 1 FROM device_authorization WHERE hash = ${hash} FOR UPDATE`,
      );
      const row = await db.deviceAuthorization.findUnique({ where: { hash } });
      if (!row) return null;
      const { expiresAt, usedAt, polledAt, intervalSeconds } = row;
      const { userId, scope, followsScopes, authTime, amr } = row;
      const isAllowed = person && userId === person.id && scope !== null && authTime !== null;
      return {
        ...{ expiresAt, usedAt, polledAt, intervalSeconds },
        // Allowed just now, the person is not held yet: the next request gets the answer.
        isDecided: row.decidedAt !== null && (userId === null || userId === known.userId),
        allowed: isAllowed ? { person, scope, followsScopes, authTime, amr } : undefined,
      };
    },

    /** What the person allowed this client, and it has not fetched yet. */
    async withdraw(userId: number, clientId: string): Promise<void> {
      await db.deviceAuthorization.updateMany({
        where: { userId, clientId },
        data: { userId: null },
      });
    },

    async markPolled(hash: Hash, polledAt: Date, intervalSeconds: number): Promise<void> {
      await db.deviceAuthorization.update({ where: { hash }, data: { polledAt, intervalSeconds } });
    },

    async markUsed(hash: Hash, usedAt: Date): Promise<void> {
      await db.deviceAuthorization.update({ where: { hash }, data: { usedAt } });
    },
  };
}

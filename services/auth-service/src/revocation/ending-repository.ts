import { type Client, Prisma } from '../../generated/prisma/client.ts';
import { noticesSql } from '../backchannel-logout/logout-notice-repository.ts';
import type { NewClient } from '../clients/client-repository.ts';
import type { Tx } from '../database.ts';
import { mayHaveScope } from '../scopes/scope-catalog.ts';
import type { RevokedTokens } from './revocation-repository.ts';
import type { StatusPlace } from './status-place.ts';

interface End {
  at: Date;
  reason: string;
}

interface EndedSession {
  id: string;
  clientId: string;
}

interface Consequences {
  revoke(tokens: RevokedTokens, at: Date): void;
  /** Clients have to be told that sessions ended. */
  onNotices(): void;
}

type ClientChange = Partial<Omit<NewClient, 'id'> & { disabledAt: Date | null }>;

export type EndingRepository = ReturnType<typeof endingRepository>;

const active = { deactivatedAt: null, deletedAt: null } as const;

/**
 * Everything that can end tokens before they expire, and nowhere else: each act says whose, and they
 * are revoked as the last statement of its transaction. With a session that ends its client's notice is
 * written.
 */
export function endingRepository(db: Tx, { revoke, onNotices }: Consequences) {
  /** In one order, so that two at once wait for each other rather than lock each other out. */
  const endRunning = async (which: Prisma.Sql, { at, reason }: End): Promise<EndedSession[]> => {
    const rows = await db.$queryRaw<(EndedSession & { notices: number })[]>(Prisma.sql`
      WITH running AS (
        SELECT id FROM session WHERE ended_at IS NULL AND ${which} ORDER BY id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE session SET ended_at = ${at}, end_reason = ${reason} FROM running
        WHERE session.id = running.id RETURNING session.id, client_id, user_id
      ), notice AS (${noticesSql(at)})
      SELECT id::text, client_id AS "clientId", (SELECT count(*)::int FROM notice) AS notices
      FROM ended`);
    if (rows[0]?.notices) onNotices();
    const ended = rows.map(({ id, clientId }) => ({ id, clientId }));
    if (ended.length > 0) revoke({ of: 'sessions', ids: ended.map(({ id }) => id) }, at);
    return ended;
  };

  /** What could open others ends with them, and first, so that none is opened meanwhile. */
  const endSessions = async (userId: number, end: End, except?: string): Promise<string[]> => {
    await db.pendingLogin.deleteMany({ where: { userId } });
    await db.browserLogin.updateMany({
      where: {
        userId,
        endedAt: null,
        ...(except === undefined ? {} : { sessions: { none: { id: except } } }),
      },
      data: { endedAt: end.at },
    });
    // What the person allowed devices that have not come for it yet.
    await db.deviceAuthorization.updateMany({ where: { userId }, data: { userId: null } });
    const ended = await endRunning(
      except === undefined
        ? Prisma.sql`user_id = ${userId}`
        : Prisma.sql`user_id = ${userId} AND id <> ${except}::uuid`,
      end,
    );
    return ended.map(({ id }) => id);
  };

  return {
    /** One access token; its session goes on. */
    revokeToken: (place: StatusPlace, at: Date): void => revoke({ of: 'token', place }, at),

    /** False when this person has no such session that still runs. */
    endSession: async (userId: number, id: string, end: End): Promise<boolean> =>
      (await endRunning(Prisma.sql`user_id = ${userId} AND id = ${id}::uuid`, end)).length === 1,

    /** A person's sessions at one client. */
    endSessionsAt: (userId: number, clientId: string, end: End): Promise<EndedSession[]> =>
      endRunning(Prisma.sql`user_id = ${userId} AND client_id = ${clientId}`, end),

    /** Those of a sign-in at the hosted pages. */
    endSessionsThrough: (browserLoginId: string, end: End): Promise<EndedSession[]> =>
      endRunning(Prisma.sql`browser_login_id = ${browserLoginId}::uuid`, end),

    /** @param except a session that goes on @returns the ids of those that ended now */
    endSessions,

    /** @returns how many other sessions ended; null when the hash is no longer the one that was checked */
    async changePassword(
      { id, passwordHash: checked }: { id: number; passwordHash: string | null },
      { passwordHash, at }: { passwordHash: string; at: Date },
      keepSession: string | undefined,
    ): Promise<number | null> {
      const { count } = await db.user.updateMany({
        where: { id, passwordHash: checked, ...active },
        data: { passwordHash, passwordChangedAt: at },
      });
      if (count === 0) return null;
      // A link that sets another password was for the one before.
      await db.mailedLink.deleteMany({ where: { userId: id, purpose: 'reset_password' } });
      const end = { at, reason: 'password_changed' };
      return (await endSessions(id, end, keepSession)).length;
    },

    /** The sessions go on: the next refresh gives a token without the roles that were removed. */
    async setRoles(id: number, roles: string[], at: Date): Promise<void> {
      const [before] = await db.$queryRaw<{ roles: string[] }[]>(
        Prisma.sql`SELECT roles FROM "user" WHERE id = ${id} FOR NO KEY UPDATE`,
      );
      await db.user.update({ where: { id }, data: { roles }, select: { id: true } });
      const hasLess = before?.roles.some((role) => !roles.includes(role));
      if (hasLess) revoke({ of: 'person', userId: id }, at);
    },

    /** False when there is no such account, or it is deactivated already. */
    async deactivate(id: number, at: Date): Promise<boolean> {
      const { count } = await db.user.updateMany({
        where: { id, ...active },
        data: { deactivatedAt: at },
      });
      if (count === 1) await endSessions(id, { at, reason: 'deactivated' });
      return count === 1;
    },

    /**
     * Keeps the row, which keeps the username from being given out again.
     *
     * @param passwordHash when the password was asked for: the one that was checked
     * @returns the username; null when there is no such account
     */
    async deleteAccount(
      { id, passwordHash }: { id: number; passwordHash: string | undefined },
      at: Date,
    ): Promise<string | null> {
      const [deleted] = await db.user.updateManyAndReturn({
        where: { id, ...(passwordHash ? { passwordHash } : {}), deletedAt: null },
        data: { deletedAt: at, passwordHash: null, email: null, verifiedEmail: null },
        select: { username: true },
      });
      if (!deleted) return null;
      await endSessions(id, { at, reason: 'deleted' });
      return deleted.username;
    },

    /** Its tokens end when it is disabled or may have less; its logins go on once it is enabled. */
    async changeClient(id: string, { jwks, ...rest }: ClientChange, at: Date): Promise<Client> {
      await db.$queryRaw(Prisma.sql`SELECT 1 FROM client WHERE id = ${id} FOR NO KEY UPDATE`);
      const data = { ...rest, ...(jwks ? { jwks } : {}) };
      const before = await db.client.findUniqueOrThrow({ where: { id } });
      const after = await db.client.update({ where: { id }, data });
      const isDisabled = before.disabledAt === null && after.disabledAt !== null;
      if (isDisabled || mayHaveLess(before, after)) revoke({ of: 'client', clientId: id }, at);
      return after;
    },
  };
}

type Scopes = Pick<Client, 'scopes' | 'firstParty'>;

function mayHaveLess(before: Scopes, after: Scopes): boolean {
  const hadAll = before.firstParty && before.scopes.length === 0;
  const hasAll = after.firstParty && after.scopes.length === 0;
  if (hadAll) return !hasAll;
  return before.scopes.some((scope) => !mayHaveScope(after, scope));
}

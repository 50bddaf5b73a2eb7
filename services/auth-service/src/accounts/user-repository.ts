import type { Page } from '@latchkey/service-kit/http/list-route';
import { Prisma } from '../../generated/prisma/client.ts';
import { literally, type Tx } from '../database.ts';
import { problems } from '../errors.ts';
import { emailKeyOf, type KnownEmail } from '../mail/email-address.ts';
import { canonicalNameOf, type TypedName } from '../names/canonical-name.ts';
import { foldedForms } from '../names/folded-forms.ts';

export interface Person {
  id: number;
  username: string;
  roles: string[];
  createdAt: Date;
  email: string | null;
  verifiedEmail: string | null;
}

export interface Login extends Person {
  passwordHash: string | null;
}

export interface KnownLogin extends Login {
  /** A second factor. */
  hasFactor: boolean;
}

/** A person as administrators see them, in any state. */
export interface Account extends Person {
  deactivatedAt: Date | null;
  deletedAt: Date | null;
}

export interface NewUser {
  username: string;
  /** Null for a person who only signs in with another provider. */
  passwordHash: string | null;
  roles?: string[] | undefined;
  email?: string | undefined;
}

export interface AccountFilters {
  search?: string | undefined;
}

export type AccountPage = Pick<Page, 'after' | 'take'>;
export type UserRepository = ReturnType<typeof userRepository>;

const email = { email: true, verifiedEmail: true } as const;
const person = { id: true, username: true, roles: true, createdAt: true, ...email } as const;
const account = { ...person, deactivatedAt: true, deletedAt: true } as const;
const active = { deactivatedAt: null, deletedAt: null } as const;
/** More than older rules can have let in, or so few that it makes no difference. */
const MAX_NAMESAKES = 10;

/**
 * Whether a person has a second factor.
 *
 * @param userId as an expression
 */
export const hasFactorSql = (userId: Prisma.Sql): Prisma.Sql => Prisma.sql`(
  EXISTS (SELECT 1 FROM totp t WHERE t.user_id = ${userId})
  OR EXISTS (SELECT 1 FROM passkey p WHERE p.user_id = ${userId}))`;

export function userRepository(db: Tx) {
  /** Leaves out those whose username or skeleton is taken. */
  const createAll = (users: NewUser[]): Promise<Person[]> =>
    db.user.createManyAndReturn({
      data: users.map(({ username, passwordHash, roles, email = null }) => ({
        passwordHash,
        email,
        ...(roles ? { roles } : {}),
        username,
        ...foldedForms(username),
      })),
      select: person,
      skipDuplicates: true,
    });

  const findLoginById = (id: number): Promise<Login | null> =>
    db.user.findFirst({ where: { id, ...active }, select: { ...person, passwordHash: true } });

  return {
    createAll,

    /** Null when the username or its skeleton is taken. */
    create: async (user: NewUser): Promise<Person | null> => (await createAll([user]))[0] ?? null,

    /** Deactivated and deleted people are not found. */
    find: (id: number): Promise<Person | null> =>
      db.user.findFirst({ where: { id, ...active }, select: person }),

    /** Deactivated and deleted people are not found: they have no login. */
    async findLogin(name: TypedName): Promise<KnownLogin | null> {
      const rows = await db.$queryRaw<KnownLogin[]>(Prisma.sql`
        SELECT u.id, u.username, u.roles, u.created_at AS "createdAt", u.email,
          u.verified_email AS "verifiedEmail", u.password_hash AS "passwordHash",
          ${hasFactorSql(Prisma.sql`u.id`)} AS "hasFactor"
        FROM "user" u WHERE (u.username = ${name.exact} OR u.canonical_name = ${name.canonical})
          AND u.deactivated_at IS NULL AND u.deleted_at IS NULL LIMIT ${MAX_NAMESAKES}`);
      return pick(name, rows);
    },

    findLoginById,

    /** As `findLoginById`, and as it is until the transaction ends. */
    async holdLogin(id: number): Promise<Login | null> {
      await db.$queryRaw(Prisma.sql`SELECT 1 FROM "user" WHERE id = ${id} FOR SHARE`);
      return findLoginById(id);
    },

    /** Those who are called this, or have shown that they receive mail there. */
    findReachable: (name: TypedName): Promise<Person[]> =>
      db.user.findMany({
        where: {
          ...active,
          verifiedEmail: { not: null },
          OR: [...called(name).OR, { verifiedEmail: emailKeyOf(name.exact) }],
        },
        select: person,
        take: MAX_NAMESAKES,
      }),

    /** @returns what it was before; null when the hash is no longer the one that was checked */
    async setEmail(
      { id, passwordHash }: Pick<Login, 'id' | 'passwordHash'>,
      email: string | null,
    ): Promise<KnownEmail | null> {
      const [before] = await db.$queryRaw<KnownEmail[]>(Prisma.sql`
        SELECT email, verified_email AS "verifiedEmail" FROM "user" WHERE id = ${id}
          AND password_hash = ${passwordHash} AND deactivated_at IS NULL AND deleted_at IS NULL
        FOR NO KEY UPDATE`);
      if (!before) return null;
      const data = { email, ...(email === null ? { verifiedEmail: null } : {}) };
      await db.user.update({ where: { id }, data, select: { id: true } });
      return before;
    },

    /**
     * Of a person who is held.
     *
     * @param email in lower case
     * @returns the username; null when the person has given another address since
     * @throws Problem `email_taken`
     */
    async verifyEmail(id: number, email: string): Promise<string | null> {
      const found = await db.user.findFirst({ where: { id, ...active }, select: person });
      if (!found?.email || emailKeyOf(found.email) !== email) return null;
      try {
        const data = { verifiedEmail: email };
        await db.user.update({ where: { id }, data, select: { id: true } });
        return found.username;
      } catch (error) {
        if ((error as { code?: string }).code !== 'P2002') throw error;
        throw problems.email_taken();
      }
    },

    /** False when there is one already. */
    async setFirstPassword(id: number, passwordHash: string, at: Date): Promise<boolean> {
      const { count } = await db.user.updateMany({
        where: { id, passwordHash: null, ...active },
        data: { passwordHash, passwordChangedAt: at },
      });
      return count === 1;
    },

    /** False when the hash is no longer the one that was checked. */
    async renewPasswordHash({ id, passwordHash }: Login, renewed: string): Promise<boolean> {
      const { count } = await db.user.updateMany({
        where: { id, passwordHash, ...active },
        data: { passwordHash: renewed },
      });
      return count === 1;
    },

    /** False when there is no such account, or it is active. */
    async reactivate(id: number): Promise<boolean> {
      const { count } = await db.user.updateMany({
        where: { id, deletedAt: null, deactivatedAt: { not: null } },
        data: { deactivatedAt: null },
      });
      return count === 1;
    },

    findAccount: (id: number): Promise<Account | null> =>
      db.user.findUnique({ where: { id }, select: account }),

    findAccountNamed: async (name: TypedName): Promise<Account | null> =>
      pick(
        name,
        await db.user.findMany({ where: called(name), select: account, take: MAX_NAMESAKES }),
      ),

    /** Accounts by these very usernames. */
    findAccounts: (usernames: string[]): Promise<Account[]> =>
      db.user.findMany({ where: { username: { in: usernames } }, select: account }),

    /** The oldest first; `search` is how the username begins. */
    listAccounts: ({ search }: AccountFilters, { after, take }: AccountPage): Promise<Account[]> =>
      db.user.findMany({
        where: { id: { gt: after?.id ?? 0 }, ...(search ? beginningWith(search) : {}) },
        select: account,
        orderBy: { id: 'asc' },
        take,
      }),

    /** The administrators, of whom none can change before the transaction ends. */
    async holdAdmins(): Promise<number[]> {
      const rows = await db.$queryRaw<{ id: number }[]>(Prisma.sql`
        SELECT id FROM "user" WHERE 'admin' = ANY(roles)
          AND deactivated_at IS NULL AND deleted_at IS NULL ORDER BY id FOR UPDATE`);
      return rows.map(({ id }) => id);
    },
  };
}

const called = ({ exact, canonical }: TypedName) => ({
  OR: [{ username: exact }, { canonicalName: canonical }],
});

/** The one with this very name, else the only one whom it can mean. */
function pick<Row extends { username: string }>({ exact }: TypedName, rows: Row[]): Row | null {
  const namesake = rows.length === 1 ? rows[0] : undefined;
  return rows.find(({ username }) => username === exact) ?? namesake ?? null;
}

/** By the one form that has an index for it; PostgreSQL would read every row for any letter case. */
const beginningWith = (search: string): Prisma.UserWhereInput => ({
  canonicalName: { startsWith: literally(canonicalNameOf(search)) },
});

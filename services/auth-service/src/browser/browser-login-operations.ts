import { randomUUID } from 'node:crypto';
import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import type { Login } from '../accounts/user-repository.ts';
import type { AuditRecord } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import { wrongLogin } from '../errors.ts';
import type { Store, Transaction } from '../store.ts';
import type { BrowserLogin } from './browser-login-repository.ts';

interface Dependencies {
  settings: { browserLoginSeconds: number };
  now: () => number;
}

/** For what somebody signs in: nothing in particular, or an authorization request. */
export interface SignInContext {
  caller: Caller;
  clientId: string | undefined;
  requestHash: Uint8Array<ArrayBuffer> | undefined;
  /** Who was signed in in this browser before. */
  previous: BrowserLogin | undefined;
  /** When it was proven, by another provider; absent for just now. */
  authTime?: Date | undefined;
}

export interface SignedIn {
  /** For the cookie; it rests nowhere. */
  secret: string;
  login: BrowserLogin;
}

export type BrowserLoginOperations = ReturnType<typeof browserLoginOperations>;

export function browserLoginOperations(
  { browserLogins, users, transaction }: Pick<Store, 'browserLogins' | 'users' | 'transaction'>,
  { settings, now }: Dependencies,
) {
  /** A new secret each time: one that was known before the sign-in is worth nothing after it. */
  const begin = (login: Login, amr: string[], { requestHash, ...context }: SignInContext) => {
    const secret = newSecret();
    const at = new Date(now());
    const authTime = context.authTime ?? at;
    const made = { hash: hashOf(secret), authTime, amr, requestHash: requestHash ?? null };
    const { id: userId, username, roles } = login;
    const { clientId, caller } = context;
    const recordOf = (browserLoginId: string): AuditRecord => ({
      type: 'login.succeeded',
      actor: username,
      subject: username,
      clientId,
      caller,
      details: { browserLoginId, amr },
    });
    return {
      made,
      at,
      recordOf,
      signedIn: (id: string): SignedIn => ({
        secret,
        login: { id, ...made, person: { id: userId, username, roles } },
      }),
      async openNew(logins: Pick<typeof browserLogins, 'open'>): Promise<string> {
        const id = randomUUID();
        const expiresAt = new Date(now() + settings.browserLoginSeconds * 1000);
        if (!(await logins.open(login, { ...made, id, at, expiresAt }, recordOf(id)))) {
          throw wrongLogin();
        }
        return id;
      },
    };
  };

  const openIn = async (
    repositories: Transaction,
    login: Login,
    amr: string[],
    context: SignInContext,
  ): Promise<SignedIn> => {
    const { made, at, recordOf, signedIn, openNew } = begin(login, amr, context);
    const { browserLogins, audit } = repositories;
    const { previous, caller } = context;
    if (previous) {
      const { id, person } = previous;
      if (person.id === login.id && (await browserLogins.renew(id, login.id, made, at))) {
        await audit.record(recordOf(id));
        return signedIn(id);
      }
      await end(repositories, previous, 'replaced', caller);
    }
    return signedIn(await openNew(browserLogins));
  };

  /** @param amr what the person proved (RFC 8176) */
  const open = async (login: Login, amr: string[], context: SignInContext): Promise<SignedIn> => {
    if (context.previous) return transaction((all) => openIn(all, login, amr, context));
    const { signedIn, openNew } = begin(login, amr, context);
    return signedIn(await openNew(browserLogins));
  };

  /** With the sessions that were opened through it. */
  const end = async (
    { browserLogins, endings, audit }: Transaction,
    { id, person }: BrowserLogin,
    reason: string,
    caller: Caller,
  ): Promise<void> => {
    const at = new Date(now());
    if (!(await browserLogins.end(id, at))) return;
    const ended = await endings.endSessionsThrough(id, { at, reason });
    const who = { actor: person.username, subject: person.username, caller };
    await audit.recordAll([
      { type: 'browser_login.ended', ...who, details: { browserLoginId: id, reason } },
      ...ended.map(({ id: sessionId, clientId }) => ({
        type: 'session.ended' as const,
        ...who,
        clientId,
        details: { sessionId },
      })),
    ]);
  };

  return {
    /** Undefined when nobody is signed in. */
    async find(secret: string | undefined): Promise<BrowserLogin | undefined> {
      if (secret === undefined) return undefined;
      return (await browserLogins.find(hashOf(secret), new Date(now()))) ?? undefined;
    },

    open,
    /** As part of a transaction that ends what proved it. */
    openIn,

    /**
     * The person proved something besides. The sign-in stays as old as its oldest proof.
     *
     * @returns undefined when it has ended
     */
    async addProof(
      { browserLogins }: Transaction,
      login: BrowserLogin,
      amr: readonly string[],
    ): Promise<SignedIn | undefined> {
      const secret = newSecret();
      const { id, person, authTime, requestHash } = login;
      const added = [...new Set([...login.amr, ...amr, 'mfa'])];
      const made = { hash: hashOf(secret), authTime, amr: added, requestHash };
      if (!(await browserLogins.renew(id, person.id, made, new Date(now())))) return undefined;
      return { secret, login: { ...login, ...made } };
    },

    /** For a person who has just proven who they are otherwise, or registered, in this very request. */
    async signInAs(id: number, amr: string[], context: SignInContext): Promise<SignedIn> {
      const login = await users.findLoginById(id);
      if (!login) throw wrongLogin();
      return open(login, amr, context);
    },

    signOut: (login: BrowserLogin, caller: Caller): Promise<void> =>
      transaction((repositories) => end(repositories, login, 'signed_out', caller)),
  };
}

import { randomUUID } from 'node:crypto';
import type { LogIn } from '../accounts/log-in.ts';
import type { Login } from '../accounts/user-repository.ts';
import type { AuditRecord } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import { wrongLogin } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import { hashOf, newSecret } from '../secrets.ts';
import type { Store, Transaction } from '../store.ts';
import type { BrowserLogin } from './browser-login-repository.ts';

interface Dependencies {
  logIn: LogIn;
  limits: Limits;
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
}

export interface SignedIn {
  /** For the cookie; it rests nowhere. */
  secret: string;
  login: BrowserLogin;
}

export type BrowserLoginOperations = ReturnType<typeof browserLoginOperations>;

export function browserLoginOperations(
  { browserLogins, users, transaction }: Pick<Store, 'browserLogins' | 'users' | 'transaction'>,
  { logIn, limits, settings, now }: Dependencies,
) {
  /** A new secret each time: one that was known before the sign-in is worth nothing after it. */
  const open = async (
    login: Login,
    amr: string[],
    { previous, ...context }: SignInContext,
  ): Promise<SignedIn> => {
    const secret = newSecret();
    const authTime = new Date(now());
    const requestHash = context.requestHash ?? null;
    const made = { hash: hashOf(secret), authTime, amr, requestHash };
    const { id: userId, username, roles } = login;
    const { clientId, caller } = context;
    const recordOf = (browserLoginId: string): AuditRecord => ({
      type: 'login.succeeded',
      actor: username,
      subject: username,
      clientId,
      caller,
      details: { browserLoginId },
    });
    const openNew = async (logins: Pick<typeof browserLogins, 'open'>) => {
      const id = randomUUID();
      const expiresAt = new Date(now() + settings.browserLoginSeconds * 1000);
      if (!(await logins.open(login, { ...made, id, expiresAt }, recordOf(id)))) throw wrongLogin();
      return id;
    };
    const replace = (previous: BrowserLogin) =>
      transaction(async (repositories) => {
        const { browserLogins, audit } = repositories;
        const { id, person } = previous;
        if (person.id === userId && (await browserLogins.renew(id, userId, made))) {
          await audit.record(recordOf(id));
          return id;
        }
        await end(repositories, previous, 'replaced', caller);
        return openNew(browserLogins);
      });
    const id = previous ? await replace(previous) : await openNew(browserLogins);
    return { secret, login: { id, ...made, person: { id: userId, username, roles } } };
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

    /** @throws what `LogIn` throws, and Problem `too_busy` */
    signIn: (
      { username, password }: { username: string; password: string },
      context: SignInContext,
    ): Promise<SignedIn> =>
      limits.inTurn(context.caller, async () => {
        const { caller, clientId } = context;
        return open(await logIn({ username, password, caller, clientId }), ['pwd'], context);
      }),

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

import type { CheckedLogin } from '../accounts/password-check.ts';
import type { AuditRecord } from '../audit/audit-repository.ts';
import type {
  BrowserLoginOperations,
  SignedIn,
  SignInContext,
} from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { problems, wrongLogin } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { Store, Transaction } from '../store.ts';
import type {
  FactorVerification,
  GivenFactor,
  GivenPasskey,
  ProvenFactor,
} from './factor-verification.ts';
import type { PendingKey, PendingLogin } from './pending-login-repository.ts';

interface Dependencies {
  verification: FactorVerification;
  limits: Pick<Limits, 'beginLogin'>;
  logins: Pick<BrowserLoginOperations, 'open' | 'openIn' | 'addProof'>;
  now: () => number;
}

/** Who is asked for a second factor: halfway into a sign-in, or signed in with one factor only. */
export type Asked =
  | ({ kind: 'pending'; key: PendingKey } & PendingLogin)
  | { kind: 'signed_in'; login: BrowserLogin; person: { id: number; username: string } };

/** As long as it takes to find the phone. */
const PENDING_SECONDS = 600;
const MAX_ATTEMPTS = 5;
/** What unknown passkeys are counted under: no username has spaces. */
const NOBODY = 'a passkey of nobody';

export type SecondFactorOperations = ReturnType<typeof secondFactorOperations>;

/** From the first factor to being signed in. */
export function secondFactorOperations(
  { users, pendingLogins, factors, audit, transaction }: Store,
  { verification, limits, logins, now }: Dependencies,
) {
  /** In one transaction with what ends the factor's use, so that each is used once. */
  const complete = (
    asked: Asked,
    factor: ProvenFactor,
    context: SignInContext,
  ): Promise<SignedIn | undefined> =>
    transaction(async (repositories) => {
      const { users, pendingLogins } = repositories;
      const login = await users.holdLogin(asked.person.id);
      if (!login) throw problems.sign_in_expired();
      if (!(await useFactor(repositories, factor, login.username, context))) return undefined;
      if (asked.kind === 'signed_in') {
        const signedIn = await logins.addProof(repositories, asked.login, factor.amr);
        if (!signedIn) throw problems.sign_in_expired();
        return signedIn;
      }
      if (!(await pendingLogins.take(asked.key, login.id, new Date(now())))) {
        throw problems.sign_in_expired();
      }
      const amr = [...new Set([...asked.amr, ...factor.amr, 'mfa'])];
      // As old as its oldest proof.
      const authTime = asked.authTime ?? undefined;
      return logins.openIn(repositories, login, amr, { ...context, authTime });
    });

  const useFactor = async (
    repositories: Transaction,
    factor: ProvenFactor,
    username: string,
    { clientId, caller }: Pick<SignInContext, 'clientId' | 'caller'>,
  ): Promise<boolean> => {
    const details = await factor.use(repositories);
    if (!details) return false;
    const type = factor.kind === 'recovery_code' ? 'recovery_code.used' : 'factor.used';
    const who = { actor: username, subject: username, clientId, caller };
    await repositories.audit.record({ type, ...who, details: { factor: factor.kind, ...details } });
    return true;
  };

  /** Counted together with passwords, for this person from here. */
  const counted = async <T>(
    { person, context }: { person: { username: string } | undefined; context: SignInContext },
    given: GivenFactor,
    work: () => Promise<T | undefined>,
  ): Promise<T> => {
    const { caller, clientId } = context;
    const username = person?.username ?? NOBODY;
    const attempt = await limits.beginLogin({ username, caller });
    try {
      const done = await work();
      if (done !== undefined) {
        await attempt.succeed();
        return done;
      }
      const event: AuditRecord = { type: 'factor.failed', clientId, caller };
      const details = { factor: given.kind };
      await audit.record({ ...event, ...(person && { subject: person.username }), details });
      attempt.fail();
    } finally {
      await attempt.close();
    }
    throw given.kind === 'passkey' ? problems.passkey_refused() : problems.wrong_factor();
  };

  /**
   * After the first factor: signed in, or asked for the second.
   *
   * @param amr what was proven (RFC 8176)
   */
  const openOrAsk = async (
    login: CheckedLogin,
    amr: string[],
    key: PendingKey,
    context: SignInContext,
  ): Promise<SignedIn | 'second_factor'> => {
    if (!login.hasFactor) return logins.open(login, amr, context);
    const expiresAt = new Date(now() + PENDING_SECONDS * 1000);
    const proven = { amr, authTime: context.authTime ?? null, expiresAt };
    if (!(await pendingLogins.begin(login, key, proven))) throw wrongLogin();
    return 'second_factor';
  };

  return {
    openOrAsk,

    /** The same for a person whom another provider knows. */
    async openOrAskPerson(
      id: number,
      amr: string[],
      key: PendingKey,
      context: SignInContext,
    ): Promise<SignedIn | 'second_factor'> {
      const login = await users.findLoginById(id);
      if (!login) throw wrongLogin();
      return openOrAsk({ ...login, hasFactor: await factors.has(id) }, amr, key, context);
    },

    /** Whom the second factor is to be asked of in this browser, for this; undefined for nobody. */
    async findAsked(key: PendingKey, login: BrowserLogin | undefined): Promise<Asked | undefined> {
      const pending = await pendingLogins.find(key, new Date(now()));
      if (pending) return { kind: 'pending', key, ...pending };
      if (!login || login.amr.includes('mfa') || !(await factors.has(login.person.id))) {
        return undefined;
      }
      return { kind: 'signed_in', login, person: login.person };
    },

    /** @throws Problem `wrong_factor`, `passkey_refused`, `too_many_requests`, `sign_in_expired` */
    prove: (asked: Asked, given: GivenFactor, context: SignInContext): Promise<SignedIn> =>
      counted({ person: asked.person, context }, given, async () => {
        if (asked.kind === 'pending') {
          const isLeft = await pendingLogins.countAttempt(asked.key, MAX_ATTEMPTS);
          if (!isLeft) throw problems.sign_in_expired();
        }
        const factor = await verification.secondFactor(asked.person.id, given);
        return factor && complete(asked, factor, context);
      }),

    /**
     * By a passkey alone, which verifies the person itself: two factors in one.
     *
     * @throws Problem `passkey_refused`, `too_many_requests`
     */
    async signInByPasskey(given: GivenPasskey, context: SignInContext): Promise<SignedIn> {
      const known = await verification.findPasskey(given);
      const person = (known && (await users.find(known.userId))) ?? undefined;
      return counted({ person, context }, given, async () => {
        const factor = known && person && (await verification.firstFactor(known, given));
        if (!factor) return undefined;
        return transaction(async (repositories) => {
          const login = await repositories.users.holdLogin(person.id);
          if (!login) return undefined;
          if (!(await useFactor(repositories, factor, login.username, context))) return undefined;
          return logins.openIn(repositories, login, [...factor.amr, 'mfa'], context);
        });
      });
    },
  };
}

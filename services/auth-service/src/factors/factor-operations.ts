import { isStorable } from '@latchkey/service-kit/http/schemas';
import type { BrowserLoginOperations, SignedIn } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Store, Transaction } from '../store.ts';
import type { TotpUse } from './factor-repository.ts';
import type { GivenPasskey } from './factor-verification.ts';
import type { PasskeyCeremonies } from './passkey-ceremonies.ts';
import type { Passkey } from './passkey-repository.ts';
import { readAttestation } from './passkey-responses.ts';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-code.ts';
import { newTotpSecret, readTotpCode, stepOfCode } from './totp.ts';
import type { TotpSecrets } from './totp-secrets.ts';

interface Dependencies {
  /** Absent without a key-encryption key. */
  secrets: TotpSecrets | undefined;
  ceremonies: Pick<PasskeyCeremonies, 'verifyRegistration'>;
  logins: Pick<BrowserLoginOperations, 'addProof'>;
  now: () => number;
}

export interface Factors {
  totp: TotpUse | null;
  recoveryCodesLeft: number;
  /** The oldest first. */
  passkeys: readonly Passkey[];
}

/** A secret that a page shows, to be confirmed by a first code. */
export interface TotpEnrollment {
  secret: Buffer;
  /** For the form of the page. */
  sealed: string;
}

export interface AddedFactor {
  signedIn: SignedIn;
  /** To be shown once; absent when the person had some already. */
  recoveryCodes: string[] | undefined;
}

/** How old a sign-in may be for a change of factors. */
const FRESH_SECONDS = 300;
const ENROLLMENT_SECONDS = 1_800;

/** More than a person has devices. */
const MAX_PASSKEYS = 20;
const MAX_NAME_LENGTH = 64;

export type FactorOperations = ReturnType<typeof factorOperations>;

/** What people see and change of their own second factors. */
export function factorOperations(
  { factors, passkeys, transaction }: Pick<Store, 'factors' | 'passkeys' | 'transaction'>,
  { secrets, ceremonies, logins, now }: Dependencies,
) {
  const recorded = (
    { audit }: Pick<Transaction, 'audit'>,
    type: 'factor.added' | 'factor.renamed' | 'factor.removed' | 'recovery_codes.created',
    { username }: { username: string },
    { caller, ...details }: { caller: Caller; factor?: string; name?: string },
  ) => audit.record({ type, actor: username, subject: username, caller, details });

  const createRecoveryCodes = async (
    repositories: Transaction,
    person: BrowserLogin['person'],
    caller: Caller,
  ): Promise<string[]> => {
    const codes = newRecoveryCodes();
    await repositories.factors.replaceRecoveryCodes(person.id, codes.map(hashOfRecoveryCode));
    await recorded(repositories, 'recovery_codes.created', person, { caller });
    return codes;
  };

  /** After it was written: the person has just proven it, and gets recovery codes with the first. */
  const added = async (
    repositories: Transaction,
    login: BrowserLogin,
    factor: { amr: readonly string[]; factor: string; name?: string },
    caller: Caller,
  ): Promise<AddedFactor> => {
    const { amr, ...what } = factor;
    const { person } = login;
    await recorded(repositories, 'factor.added', person, { caller, ...what });
    const has = (await repositories.factors.countRecoveryCodes(person.id)) > 0;
    const recoveryCodes = has ? undefined : await createRecoveryCodes(repositories, person, caller);
    const signedIn = await logins.addProof(repositories, login, amr);
    if (!signedIn) throw problems.sign_in_expired();
    return { signedIn, recoveryCodes };
  };

  /** Without a factor to take the place of, recovery codes are of no use. */
  const removed = async (
    repositories: Transaction,
    person: BrowserLogin['person'],
    what: { caller: Caller; factor: string; name?: string },
  ): Promise<void> => {
    await recorded(repositories, 'factor.removed', person, what);
    if (await repositories.factors.has(person.id)) return;
    await repositories.factors.replaceRecoveryCodes(person.id, []);
  };

  return {
    /** Whether there can be an authenticator app. */
    offersTotp: secrets !== undefined,

    /** Whether the person signed in so recently that factors may be changed. */
    isFresh: ({ authTime }: BrowserLogin): boolean =>
      now() - authTime.getTime() <= FRESH_SECONDS * 1000,

    async read(userId: number): Promise<Factors> {
      const totp = await factors.findTotp(userId);
      return {
        totp: totp && { createdAt: totp.createdAt, lastUsedAt: totp.lastUsedAt },
        recoveryCodesLeft: await factors.countRecoveryCodes(userId),
        passkeys: await passkeys.listOf(userId),
      };
    },

    beginTotp({ id, person }: BrowserLogin): TotpEnrollment {
      if (!secrets) throw problems.totp_unavailable();
      const secret = newTotpSecret();
      const enrollment = { userId: person.id, browserLoginId: id };
      const expiresAtMs = now() + ENROLLMENT_SECONDS * 1000;
      return { secret, sealed: secrets.sealEnrollment(enrollment, secret, expiresAtMs) };
    },

    /** @returns undefined when it has expired: the page needs a new secret then */
    reopenTotp({ id, person }: BrowserLogin, sealed: string): TotpEnrollment | undefined {
      const enrollment = { userId: person.id, browserLoginId: id };
      const secret = secrets?.openEnrollment(enrollment, sealed, now());
      return secret && { secret, sealed };
    },

    /**
     * The first code shows that the app has the secret.
     *
     * @throws Problem `wrong_factor`, `totp_taken`, `sign_in_expired`
     */
    async addTotp(
      login: BrowserLogin,
      { secret }: TotpEnrollment,
      typed: string,
      caller: Caller,
    ): Promise<AddedFactor> {
      if (!secrets) throw problems.totp_unavailable();
      const { id: userId } = login.person;
      const code = readTotpCode(typed);
      const lastStep = code === undefined ? undefined : stepOfCode(secret, code, now());
      if (lastStep === undefined) throw problems.wrong_factor();
      const row = { userId, ...secrets.seal(userId, secret), lastStep, createdAt: new Date(now()) };
      return transaction(async (repositories) => {
        if (!(await repositories.factors.addTotp(row))) throw problems.totp_taken();
        return added(repositories, login, { amr: ['otp'], factor: 'totp' }, caller);
      });
    },

    /** Nothing happens when there is none. */
    removeTotp: ({ person }: BrowserLogin, caller: Caller): Promise<void> =>
      transaction(async (repositories) => {
        if (!(await repositories.factors.removeTotp(person.id))) return;
        await removed(repositories, person, { caller, factor: 'totp' });
      }),

    /**
     * @param credential as the browser's script sends it
     * @throws Problem `passkey_refused`, `too_many_passkeys`, `sign_in_expired`
     */
    async addPasskey(
      login: BrowserLogin,
      given: Omit<GivenPasskey, 'kind'> & { nameFor: (number: number) => string },
      caller: Caller,
    ): Promise<AddedFactor> {
      const { id: userId } = login.person;
      const { credential, browserHash, nameFor } = given;
      const response = readAttestation(credential);
      const bound = { browserHash, purpose: 'register' as const, userId };
      const made = response && (await ceremonies.verifyRegistration(response, bound));
      if (!made) throw problems.passkey_refused();
      return transaction(async (repositories) => {
        const { length } = await repositories.passkeys.listOf(userId);
        if (length >= MAX_PASSKEYS) throw problems.too_many_passkeys();
        const name = nameFor(length + 1);
        const row = { ...made, name, createdAt: new Date(now()), lastUsedAt: null };
        if (!(await repositories.passkeys.add(row))) throw problems.passkey_refused();
        const amr = [made.isBackupEligible ? 'swk' : 'hwk', 'user'];
        return added(repositories, login, { amr, factor: 'passkey', name }, caller);
      });
    },

    /** Nothing happens when it is not the person's, or the name is empty. */
    renamePasskey: (
      { person }: BrowserLogin,
      { id, name }: { id: string; name: string },
      caller: Caller,
    ): Promise<void> =>
      transaction(async (repositories) => {
        const short = name.trim().slice(0, MAX_NAME_LENGTH);
        if (short === '' || !isStorable(short)) return;
        if (!(await repositories.passkeys.rename(person.id, id, short))) return;
        const what = { caller, factor: 'passkey', name: short };
        await recorded(repositories, 'factor.renamed', person, what);
      }),

    /** Nothing happens when it is not the person's. */
    removePasskey: ({ person }: BrowserLogin, id: string, caller: Caller): Promise<void> =>
      transaction(async (repositories) => {
        const name = await repositories.passkeys.remove(person.id, id);
        if (name === null) return;
        await removed(repositories, person, { caller, factor: 'passkey', name });
      }),

    /** In place of those before. @returns undefined when there is no factor that they could replace */
    renewRecoveryCodes: ({ person }: BrowserLogin, caller: Caller): Promise<string[] | undefined> =>
      transaction(async (repositories) =>
        (await repositories.factors.has(person.id))
          ? createRecoveryCodes(repositories, person, caller)
          : undefined,
      ),
  };
}

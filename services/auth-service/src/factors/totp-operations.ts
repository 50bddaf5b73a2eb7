import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { problems } from '../errors.ts';
import type { Store } from '../store.ts';
import type { AddedFactor, ChangeContext, FactorChanges, FactorOwner } from './factor-changes.ts';
import { newTotpSecret, readTotpCode, stepOfCode } from './totp.ts';
import type { TotpSecrets } from './totp-secrets.ts';

/** A secret that a page shows, to be confirmed by a first code. */
export interface TotpEnrollment {
  secret: Buffer;
  /** For the form of the page. */
  sealed: string;
}

interface Dependencies {
  /** Absent without a key-encryption key. */
  secrets: TotpSecrets | undefined;
  changes: Pick<FactorChanges, 'added' | 'removed'>;
  now: () => number;
}

const ENROLLMENT_SECONDS = 1_800;

export type TotpOperations = ReturnType<typeof totpOperations>;

/** A person's authenticator app. */
export function totpOperations(
  { transaction }: Pick<Store, 'transaction'>,
  { secrets, changes, now }: Dependencies,
) {
  const offered = (): TotpSecrets => {
    if (!secrets) throw problems.totp_unavailable();
    return secrets;
  };

  return {
    isOffered: secrets !== undefined,

    /** @throws Problem `totp_unavailable` */
    begin({ id, person }: BrowserLogin): TotpEnrollment {
      const secret = newTotpSecret();
      const enrollment = { userId: person.id, browserLoginId: id };
      const expiresAtMs = now() + ENROLLMENT_SECONDS * 1000;
      return { secret, sealed: offered().sealEnrollment(enrollment, secret, expiresAtMs) };
    },

    /** @returns undefined when it has expired: the page needs a new secret then */
    reopen({ id, person }: BrowserLogin, sealed: string): TotpEnrollment | undefined {
      const enrollment = { userId: person.id, browserLoginId: id };
      const secret = offered().openEnrollment(enrollment, sealed, now());
      return secret && { secret, sealed };
    },

    /**
     * The first code shows that the app has the secret.
     *
     * @throws Problem `wrong_factor`, `totp_taken`, `sign_in_expired`
     */
    async add(
      login: BrowserLogin,
      { secret }: TotpEnrollment,
      typed: string,
      by: ChangeContext,
    ): Promise<AddedFactor> {
      const { id: userId } = login.person;
      const code = readTotpCode(typed);
      const lastStep = code === undefined ? undefined : stepOfCode(secret, code, now());
      if (lastStep === undefined) throw problems.wrong_factor();
      const sealed = offered().seal(userId, secret);
      const row = { userId, ...sealed, lastStep, createdAt: new Date(now()) };
      return transaction(async (repositories) => {
        await repositories.factors.hold(userId);
        if (!(await repositories.factors.addTotp(row))) throw problems.totp_taken();
        return changes.added(repositories, login, { amr: ['otp'], factor: 'totp' }, by);
      });
    },

    /** False when there is none. */
    remove: (person: FactorOwner, by: ChangeContext): Promise<boolean> =>
      transaction(async (repositories) => {
        await repositories.factors.hold(person.id);
        if (!(await repositories.factors.removeTotp(person.id))) return false;
        await changes.removed(repositories, person, { factor: 'totp' }, by);
        return true;
      }),
  };
}

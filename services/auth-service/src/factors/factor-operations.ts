import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { isFreshSignIn } from '../browser/fresh-sign-in.ts';
import type { Caller } from '../caller.ts';
import type { Store } from '../store.ts';
import type { FactorChanges } from './factor-changes.ts';
import type { TotpUse } from './factor-repository.ts';
import type { Passkey } from './passkey-repository.ts';

export interface Factors {
  /** False for a person who has only signed in with another provider. */
  hasPassword: boolean;
  totp: TotpUse | null;
  recoveryCodesLeft: number;
  /** The oldest first. */
  passkeys: readonly Passkey[];
}

interface Dependencies {
  changes: Pick<FactorChanges, 'createRecoveryCodes'>;
  now: () => number;
}

export type FactorOperations = ReturnType<typeof factorOperations>;

/** What a person signs in with, and the codes in place of a second factor. */
export function factorOperations(
  {
    users,
    factors,
    passkeys,
    transaction,
  }: Pick<Store, 'users' | 'factors' | 'passkeys' | 'transaction'>,
  { changes, now }: Dependencies,
) {
  return {
    /** Whether the person signed in so recently that factors may be changed. */
    isFresh: (login: BrowserLogin): boolean => isFreshSignIn(login, now()),

    async read(userId: number): Promise<Factors> {
      const totp = await factors.findTotp(userId);
      const login = await users.findLoginById(userId);
      return {
        hasPassword: login !== null && login.passwordHash !== null,
        totp: totp && { createdAt: totp.createdAt, lastUsedAt: totp.lastUsedAt },
        recoveryCodesLeft: await factors.countRecoveryCodes(userId),
        passkeys: await passkeys.listOf(userId),
      };
    },

    /** In place of those before. @returns undefined when there is no factor to take the place of */
    renewRecoveryCodes: ({ person }: BrowserLogin, caller: Caller): Promise<string[] | undefined> =>
      transaction(async (repositories) => {
        await repositories.factors.hold(person.id);
        return (await repositories.factors.has(person.id))
          ? changes.createRecoveryCodes(repositories, person, caller)
          : undefined;
      }),
  };
}

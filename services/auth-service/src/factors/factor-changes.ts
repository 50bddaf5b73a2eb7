import type { BrowserLoginOperations, SignedIn } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Transaction } from '../store.ts';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-code.ts';

export interface AddedFactor {
  signedIn: SignedIn;
  /** To be shown once; absent when the person had some already. */
  recoveryCodes: string[] | undefined;
}

/** Which factor it is about, for the audit record. */
interface What {
  factor: 'totp' | 'passkey';
  name?: string;
}

export type FactorOwner = Pick<BrowserLogin['person'], 'id' | 'username'>;

interface Dependencies {
  logins: Pick<BrowserLoginOperations, 'addProof'>;
}

export type FactorChanges = ReturnType<typeof factorChanges>;

/** What goes with each change of a person's factors, in the transaction of the change. */
export function factorChanges({ logins }: Dependencies) {
  const record = (
    { audit }: Transaction,
    type: 'factor.added' | 'factor.renamed' | 'factor.removed' | 'recovery_codes.created',
    { username }: FactorOwner,
    caller: Caller,
    details: What | Record<never, never> = {},
  ) => audit.record({ type, actor: username, subject: username, caller, details: { ...details } });

  const createRecoveryCodes = async (
    repositories: Transaction,
    person: FactorOwner,
    caller: Caller,
  ): Promise<string[]> => {
    const codes = newRecoveryCodes();
    await repositories.factors.replaceRecoveryCodes(person.id, codes.map(hashOfRecoveryCode));
    await record(repositories, 'recovery_codes.created', person, caller);
    return codes;
  };

  return {
    createRecoveryCodes,

    /**
     * The person has just proven it, and gets recovery codes with the first.
     *
     * @throws Problem `sign_in_expired`
     */
    async added(
      repositories: Transaction,
      login: BrowserLogin,
      { amr, ...what }: What & { amr: readonly string[] },
      caller: Caller,
    ): Promise<AddedFactor> {
      const { person } = login;
      await record(repositories, 'factor.added', person, caller, what);
      const hasCodes = (await repositories.factors.countRecoveryCodes(person.id)) > 0;
      const recoveryCodes = hasCodes
        ? undefined
        : await createRecoveryCodes(repositories, person, caller);
      const signedIn = await logins.addProof(repositories, login, amr);
      if (!signedIn) throw problems.sign_in_expired();
      return { signedIn, recoveryCodes };
    },

    renamed: (repositories: Transaction, person: FactorOwner, what: What, caller: Caller) =>
      record(repositories, 'factor.renamed', person, caller, what),

    /** Without a factor to take the place of, recovery codes are of no use. */
    async removed(
      repositories: Transaction,
      person: FactorOwner,
      what: What,
      caller: Caller,
    ): Promise<void> {
      await record(repositories, 'factor.removed', person, caller, what);
      if (await repositories.factors.has(person.id)) return;
      await repositories.factors.replaceRecoveryCodes(person.id, []);
    },
  };
}

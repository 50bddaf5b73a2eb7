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

/** Where a change comes from, and the language of the mail about it. */
export interface ChangeContext {
  caller: Caller;
  language: string;
}

interface Dependencies {
  logins: Pick<BrowserLoginOperations, 'addProof'>;
  sendsMail: boolean;
  now: () => number;
}

export type FactorChanges = ReturnType<typeof factorChanges>;

/** What goes with each change of a person's factors, in the transaction of the change. */
export function factorChanges({ logins, sendsMail, now }: Dependencies) {
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

  /** A person who did not do it learns of it. */
  const notify = async (
    { outgoingMails }: Transaction,
    kind: 'factor_added' | 'factor_removed',
    { id: userId }: FactorOwner,
    { language }: ChangeContext,
  ) => {
    if (sendsMail) await outgoingMails.add({ kind, userId, language }, now());
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
      by: ChangeContext,
    ): Promise<AddedFactor> {
      const { person } = login;
      const { caller } = by;
      await record(repositories, 'factor.added', person, caller, what);
      await notify(repositories, 'factor_added', person, by);
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
      by: ChangeContext,
    ): Promise<void> {
      await record(repositories, 'factor.removed', person, by.caller, what);
      await notify(repositories, 'factor_removed', person, by);
      if (await repositories.factors.has(person.id)) return;
      await repositories.factors.replaceRecoveryCodes(person.id, []);
    },
  };
}

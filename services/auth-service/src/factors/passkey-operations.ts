import { isStorable } from '@latchkey/service-kit/http/schemas';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Store } from '../store.ts';
import type { AddedFactor, ChangeContext, FactorChanges, FactorOwner } from './factor-changes.ts';
import type { GivenPasskey } from './factor-verification.ts';
import { methodOf, type PasskeyCeremonies } from './passkey-ceremonies.ts';
import { readAttestation } from './passkey-responses.ts';

interface Dependencies {
  ceremonies: Pick<PasskeyCeremonies, 'verifyRegistration'>;
  changes: Pick<FactorChanges, 'added' | 'renamed' | 'removed'>;
  now: () => number;
}

/** More than a person has devices. */
const MAX_PASSKEYS = 20;
const MAX_NAME_LENGTH = 64;

export type PasskeyOperations = ReturnType<typeof passkeyOperations>;

/** A person's passkeys. */
export function passkeyOperations(
  { transaction }: Pick<Store, 'transaction'>,
  { ceremonies, changes, now }: Dependencies,
) {
  return {
    /**
     * @param nameFor a first name, by how many there are
     * @throws Problem `passkey_refused`, `too_many_passkeys`, `sign_in_expired`
     */
    async add(
      login: BrowserLogin,
      { credential, browserHash }: Omit<GivenPasskey, 'kind'>,
      nameFor: (number: number) => string,
      by: ChangeContext,
    ): Promise<AddedFactor> {
      const { id: userId } = login.person;
      const response = readAttestation(credential);
      const bound = { browserHash, purpose: 'register' as const, userId };
      const made = response && (await ceremonies.verifyRegistration(response, bound));
      if (!made) throw problems.passkey_refused();
      return transaction(async (repositories) => {
        await repositories.factors.hold(userId);
        const { length } = await repositories.passkeys.listOf(userId);
        if (length >= MAX_PASSKEYS) throw problems.too_many_passkeys();
        const name = nameFor(length + 1);
        const row = { ...made, name, createdAt: new Date(now()), lastUsedAt: null };
        if (!(await repositories.passkeys.add(row))) throw problems.passkey_refused();
        const what = { amr: methodOf(made), factor: 'passkey' as const, name };
        return changes.added(repositories, login, what, by);
      });
    },

    /** Nothing happens when it is not the person's, or the name is empty. */
    rename: (
      person: FactorOwner,
      { id, name: given }: { id: string; name: string },
      caller: Caller,
    ): Promise<void> =>
      transaction(async (repositories) => {
        const name = given.trim().slice(0, MAX_NAME_LENGTH);
        if (name === '' || !isStorable(name)) return;
        if (!(await repositories.passkeys.rename(person.id, id, name))) return;
        await changes.renamed(repositories, person, { factor: 'passkey', name }, caller);
      }),

    /** False when it is not the person's. */
    remove: (person: FactorOwner, id: string, by: ChangeContext): Promise<boolean> =>
      transaction(async (repositories) => {
        await repositories.factors.hold(person.id);
        const name = await repositories.passkeys.remove(person.id, id);
        if (name === null) return false;
        await changes.removed(repositories, person, { factor: 'passkey', name }, by);
        return true;
      }),
  };
}

import { personSubject } from '../access/access-token.ts';
import type { CheckPassword } from '../accounts/password-check.ts';
import type { Login } from '../accounts/user-repository.ts';
import type { Caller } from '../caller.ts';
import { wrongLogin } from '../errors.ts';
import { readTypedName } from '../names/canonical-name.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import type { Store } from '../store.ts';
import type { Prove } from './grant.ts';
import { invalid } from './token-request.ts';

interface Dependencies {
  hasher: PasswordHasher;
  checkPassword: CheckPassword;
}

/** RFC 6749 §4.3: a person's name and password; each login opens a session. */
export function passwordGrant(
  { users }: Pick<Store, 'users'>,
  { hasher, checkPassword }: Dependencies,
): Prove {
  /** A hash made with older parameters is replaced while the password is at hand. */
  const renewHash = async (login: Login, password: string, caller: Caller): Promise<Login> => {
    if (login.passwordHash === null || !hasher.isOutdated(login.passwordHash)) return login;
    const passwordHash = await hasher.hash(password, caller);
    const renewed = await users.renewPasswordHash(login, passwordHash);
    return renewed ? { ...login, passwordHash } : login;
  };

  return async ({ parameters, client, caller }) => {
    const name = readTypedName(parameters.require('username'));
    const password = parameters.require('password');
    // Refused before any look-up: the answer does not depend on who exists.
    if (name === undefined) throw invalid('username is too long.');
    if (isTooLong(password)) throw invalid('password is too long.');
    const checked = await checkPassword({ name, password, caller, clientId: client.id });
    if (!checked) throw wrongLogin();
    const login = await renewHash(checked, password, caller);
    return {
      subject: personSubject(login),
      session: { do: 'open', login },
      audit: { type: 'login.succeeded', actor: login.username },
    };
  };
}

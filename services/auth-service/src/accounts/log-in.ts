import type { Caller } from '../caller.ts';
import { OAuthProblem, wrongLogin } from '../errors.ts';
import { readTypedName } from '../names/canonical-name.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import type { Store } from '../store.ts';
import type { CheckedLogin, CheckPassword } from './password-check.ts';

interface Dependencies {
  hasher: PasswordHasher;
  checkPassword: CheckPassword;
}

interface Credentials {
  username: string;
  password: string;
  caller: Caller;
  clientId: string | undefined;
}

/**
 * A person's name and password, at the token endpoint or on the sign-in page.
 *
 * @throws OAuthProblem `wrong_login`, `invalid_request`; Problem `too_many_requests`, `too_busy`
 */
export type LogIn = (credentials: Credentials) => Promise<CheckedLogin>;

export function logInByPassword(
  { users }: Pick<Store, 'users'>,
  { hasher, checkPassword }: Dependencies,
): LogIn {
  /** A hash made with older parameters is replaced while the password is at hand. */
  const renewHash = async (
    login: CheckedLogin,
    password: string,
    caller: Caller,
  ): Promise<CheckedLogin> => {
    if (login.passwordHash === null || !hasher.isOutdated(login.passwordHash)) return login;
    const passwordHash = await hasher.hash(password, caller);
    const renewed = await users.renewPasswordHash(login, passwordHash);
    return renewed ? { ...login, passwordHash } : login;
  };

  return async ({ username, password, caller, clientId }) => {
    const name = readTypedName(username);
    // Refused before any look-up: the answer does not depend on who exists.
    if (name === undefined) throw tooLong('username');
    if (isTooLong(password)) throw tooLong('password');
    const checked = await checkPassword({ name, password, caller, clientId });
    if (!checked) throw wrongLogin();
    return renewHash(checked, password, caller);
  };
}

const tooLong = (name: string) =>
  new OAuthProblem('invalid_request', { detail: `${name} is too long.` });

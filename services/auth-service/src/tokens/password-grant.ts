import { personSubject } from '../access/access-token.ts';
import { checkPassword } from '../accounts/password-check.ts';
import { type Login, replacePasswordHash } from '../accounts/user-repository.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../database.ts';
import { wrongLogin } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import { readTypedName } from '../names/canonical-name.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import type { Prove } from './grant.ts';
import { invalid } from './token-request.ts';

interface Dependencies {
  db: Database;
  hasher: PasswordHasher;
  limits: Limits;
}

/** RFC 6749 §4.3: a person's name and password; each login opens a session. */
export function passwordGrant(deps: Dependencies): Prove {
  return async ({ parameters, client, caller }) => {
    const name = readTypedName(parameters.require('username'));
    const password = parameters.require('password');
    // Refused before any look-up: the answer does not depend on who exists.
    if (name === undefined) throw invalid('username is too long.');
    if (isTooLong(password)) throw invalid('password is too long.');
    const attempt = { name, password, caller, clientId: client.id };
    const checked = await checkPassword(deps, attempt);
    if (!checked) throw wrongLogin();
    const login = await renewHash(deps, checked, { password, caller });
    return {
      subject: personSubject(login),
      session: { do: 'open', login },
      audit: { type: 'login.succeeded', actor: login.username },
    };
  };
}

/** A hash made with older parameters is replaced while the password is at hand. */
async function renewHash(
  { db, hasher }: Dependencies,
  login: Login,
  { password, caller }: { password: string; caller: Caller },
): Promise<Login> {
  if (login.passwordHash === null || !hasher.isOutdated(login.passwordHash)) return login;
  const passwordHash = await hasher.hash(password, caller);
  return (await replacePasswordHash(db, login, { passwordHash }))
    ? { ...login, passwordHash }
    : login;
}

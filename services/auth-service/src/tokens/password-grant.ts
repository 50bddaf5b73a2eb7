import { personSubject } from '../access/access-token.ts';
import type { LogIn } from '../accounts/log-in.ts';
import { OAuthProblem } from '../errors.ts';
import type { Store } from '../store.ts';
import type { Prove } from './grant.ts';

interface Dependencies {
  logIn: LogIn;
  now: () => number;
}

const HAS_FACTOR = 'This account has a second factor: sign in in the browser.';

/** RFC 6749 §4.3: a person's name and password; each login opens a session. */
export const passwordGrant =
  ({ audit }: Pick<Store, 'audit'>, { logIn, now }: Dependencies): Prove =>
  async ({ parameters, client, caller }) => {
    const username = parameters.require('username');
    const password = parameters.require('password');
    const login = await logIn({ username, password, caller, clientId: client.id });
    if (login.hasFactor) {
      const details = { reason: 'second_factor' };
      const subject = login.username;
      await audit.record({ type: 'login.failed', subject, clientId: client.id, caller, details });
      throw new OAuthProblem('invalid_grant', { detail: HAS_FACTOR });
    }
    return {
      subject: personSubject(login),
      authentication: { authTime: new Date(now()), amr: ['pwd'] },
      session: { do: 'open', login },
      audit: { type: 'login.succeeded', actor: login.username },
    };
  };

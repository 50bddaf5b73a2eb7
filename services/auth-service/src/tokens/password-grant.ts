import { personSubject } from '../access/access-token.ts';
import type { LogIn } from '../accounts/log-in.ts';
import type { Prove } from './grant.ts';

/** RFC 6749 §4.3: a person's name and password; each login opens a session. */
export const passwordGrant =
  (logIn: LogIn, now: () => number): Prove =>
  async ({ parameters, client, caller }) => {
    const username = parameters.require('username');
    const password = parameters.require('password');
    const login = await logIn({ username, password, caller, clientId: client.id });
    return {
      subject: personSubject(login),
      authentication: { authTime: new Date(now()), amr: ['pwd'] },
      session: { do: 'open', login },
      audit: { type: 'login.succeeded', actor: login.username },
    };
  };

import { TokenError, type Verifier } from '@latchkey/jwt-verify';
import { type Access, type RequireToken, requireTokenFrom } from '@latchkey/service-kit/http/guard';
import type { StandingOf } from './standing.ts';

/**
 * The guard of every route here that is not public. A token is judged by the account, the session
 * and the client as they are now, not as they were when it was signed.
 */
export function requireLiveToken(verifier: Verifier, standingOf: StandingOf): RequireToken {
  const { challenge } = verifier;
  return requireTokenFrom(verifier, async (token, access) => {
    const standing = await standingOf(token);
    if (!standing) throw new TokenError('token_revoked', { challenge });
    const { subject, scopes } = standing;
    const { role, scope } = namesOf(access);
    const roles = subject.kind === 'person' ? subject.roles : [];
    if (role.length > 0 && !role.some((one) => roles.includes(one))) {
      throw new TokenError('role_insufficient', { challenge, expected: role, actual: roles });
    }
    if (!scope.every((one) => scopes.includes(one))) {
      const needed = { scope: scope.join(' '), expected: scope, actual: scopes };
      throw new TokenError('scope_insufficient', { challenge, ...needed });
    }
    if (access.claims && access.claims(token) !== true) {
      throw new TokenError('claims_insufficient', { challenge });
    }
  });
}

/** Several scopes are all needed; of several roles one is enough. */
const namesOf = ({ role = [], scope = [] }: Access) => ({
  role: [role].flat(),
  scope: [scope].flat(),
});

import { randomUUID } from 'node:crypto';
import type { Caller } from '../caller.ts';
import { OAuthProblem } from '../errors.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import { readTypedName } from '../people/canonical-name.ts';
import { checkPassword } from '../people/password-check.ts';
import { type Login, replacePasswordHash } from '../people/user-repository.ts';
import { hashOf, newRefreshToken } from '../sessions/refresh-token.ts';
import { openSession } from '../sessions/session-repository.ts';
import { type GrantDependencies, type GrantRequest, type TokenAnswer, toAnswer } from './grant.ts';
import { cutScopes, targetsOf } from './scope-cutting.ts';
import { invalid } from './token-request.ts';

/** RFC 6749 §4.3: a person's name and password; each login opens a session. */
export async function passwordGrant(
  deps: GrantDependencies,
  request: GrantRequest,
): Promise<TokenAnswer> {
  const login = await authenticate(deps, request);
  const { parameters, client } = request;
  const targets = targetsOf(deps.catalog, deps.issuer, {
    resources: parameters.all('resource'),
    audiences: [],
  });
  const subject = { kind: 'person', ...login } as const;
  const wish = { scopes: parameters.scopes, audiences: targets };
  const cut = cutScopes(deps.catalog, wish, { client, subject });
  const sessionId = randomUUID();
  const answer = toAnswer(deps, { subject, clientId: request.client.id, ...cut, sessionId });
  const refreshToken = await openLogin(deps, request, login, {
    id: sessionId,
    scope: answer.scope,
  });
  return refreshToken ? { ...answer, refresh_token: refreshToken } : answer;
}

/** The same words whether or not the person exists. */
async function authenticate(
  deps: GrantDependencies,
  { parameters, client, caller }: GrantRequest,
): Promise<Login> {
  const name = readTypedName(parameters.require('username'));
  const password = parameters.require('password');
  // Said of whatever is too long, whether or not somebody has the beginning of it as a name.
  if (name === undefined) throw invalid('username is too long.');
  if (isTooLong(password)) throw invalid('password is too long.');
  const attempt = { name, password, caller, clientId: client.id };
  const login = await checkPassword(deps, attempt);
  if (!login) throw wrongLogin();
  await renewHash(deps, login, { password, caller });
  return login;
}

/** A hash made with older parameters is replaced while the password is at hand. */
async function renewHash(
  { db, hasher }: GrantDependencies,
  login: Login,
  { password, caller }: { password: string; caller: Caller },
): Promise<void> {
  if (login.passwordHash === null || !hasher.isOutdated(login.passwordHash)) return;
  const passwordHash = await hasher.hash(password, caller);
  if (await replacePasswordHash(db, login, { passwordHash })) login.passwordHash = passwordHash;
}

/** @returns the refresh token, when the client may have one */
async function openLogin(
  { db, settings, now }: GrantDependencies,
  { client, caller }: GrantRequest,
  login: Login,
  { id, scope }: { id: string; scope: string },
): Promise<string | undefined> {
  const openedMs = now();
  const after = (seconds: number) => new Date(openedMs + seconds * 1000);
  const refreshToken = client.grantTypes.includes('refresh_token') ? newRefreshToken() : undefined;
  const session = {
    id,
    clientId: client.id,
    scope,
    device: caller.device,
    address: caller.address,
    createdAt: after(0),
    expiresAt: after(settings.sessionSeconds),
    refreshToken: refreshToken
      ? { hash: hashOf(refreshToken), expiresAt: after(settings.refreshTokenSeconds) }
      : undefined,
  };
  const who = { actor: login.username, subject: login.username, clientId: client.id };
  const event = { type: 'login.succeeded', ...who, caller, details: { sessionId: id } } as const;
  if (!(await openSession(db, login, session, event))) throw wrongLogin();
  return refreshToken;
}

const wrongLogin = () =>
  new OAuthProblem('wrong_login', {
    headers: { 'WWW-Authenticate': 'Bearer realm="auth-service"' },
  });

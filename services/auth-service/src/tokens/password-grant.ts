import { record } from '../audit/audit-repository.ts';
import { inTransaction, type Tx } from '../database.ts';
import { OAuthProblem } from '../errors.ts';
import { isTooLong } from '../passwords/password-rules.ts';
import { checkPassword } from '../people/password-check.ts';
import { holdLogin, type Login, replacePasswordHash } from '../people/user-repository.ts';
import { hashOf, newRefreshToken } from '../sessions/refresh-token.ts';
import { addRefreshToken, createSession } from '../sessions/session-repository.ts';
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
  return inTransaction(deps.db, async (tx) => {
    if (!(await holdLogin(tx, login))) throw wrongLogin();
    const session = await openSession(tx, deps, request, login, cut.scopes);
    const answer = toAnswer(deps, {
      subject,
      clientId: client.id,
      ...cut,
      sessionId: session.id,
    });
    return session.refreshToken ? { ...answer, refresh_token: session.refreshToken } : answer;
  });
}

/** The same words whether or not the person exists. */
async function authenticate(
  deps: GrantDependencies,
  { parameters, client, caller }: GrantRequest,
): Promise<Login> {
  const username = parameters.require('username').normalize('NFC');
  const password = parameters.require('password');
  if (isTooLong(password)) throw invalid('password is too long.');
  const attempt = { username, password, caller, clientId: client.id };
  const login = await checkPassword(deps, attempt);
  if (!login) throw wrongLogin();
  await renewHash(deps, login, password);
  return login;
}

/** A hash made with older parameters is replaced while the password is at hand. */
async function renewHash(
  { db, hasher }: GrantDependencies,
  login: Login,
  password: string,
): Promise<void> {
  if (login.passwordHash === null || !hasher.isOutdated(login.passwordHash)) return;
  const passwordHash = await hasher.hash(password);
  if (await replacePasswordHash(db, login, { passwordHash })) login.passwordHash = passwordHash;
}

async function openSession(
  tx: Tx,
  { settings, now }: GrantDependencies,
  { client, caller }: GrantRequest,
  login: Login,
  scopes: readonly string[],
) {
  const createdAt = new Date(now());
  const { address, device } = caller;
  const id = await createSession(tx, {
    userId: login.id,
    clientId: client.id,
    scope: scopes.join(' '),
    device,
    address,
    createdAt,
    expiresAt: new Date(now() + settings.sessionSeconds * 1000),
  });
  const who = { actor: login.username, subject: login.username, clientId: client.id };
  await record(tx, { type: 'login.succeeded', ...who, caller, details: { sessionId: id } });
  if (!client.grantTypes.includes('refresh_token')) return { id };
  const refreshToken = newRefreshToken();
  const expiresAt = new Date(now() + settings.refreshTokenSeconds * 1000);
  await addRefreshToken(tx, { hash: hashOf(refreshToken), sessionId: id, createdAt, expiresAt });
  return { id, refreshToken };
}

const wrongLogin = () =>
  new OAuthProblem('wrong_login', {
    headers: { 'WWW-Authenticate': 'Bearer realm="auth-service"' },
  });

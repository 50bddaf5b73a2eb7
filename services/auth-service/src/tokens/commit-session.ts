import { randomUUID } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { nameOf } from '../access/access-token.ts';
import type { AuditRecord } from '../audit/audit-repository.ts';
import { changedMeanwhile, OAuthProblem, wrongLogin } from '../errors.ts';
import type { NewAccessToken } from '../revocation/issued-token-repository.ts';
import { newRefreshToken } from '../sessions/refresh-token.ts';
import type { Repositories } from '../store.ts';
import type { GrantedScopes, GrantRequest, ProvenGrant, SessionPlan } from './grant.ts';

interface Dependencies {
  settings: { refreshTokenSeconds: number; sessionSeconds: number };
  now: () => number;
}

export interface CommittedSession {
  /** Absent for a client that acts for itself. */
  id?: string | undefined;
  refreshToken?: string | undefined;
}

interface Issuance {
  request: GrantRequest;
  proven: ProvenGrant;
  granted: GrantedScopes;
  token: NewAccessToken;
}

type Plan<Do extends SessionPlan['do']> = Extract<SessionPlan, { do: Do }>;

/**
 * Writes the session, the refresh token, the access token's place and the audit record, in one
 * statement; the token is signed afterwards.
 *
 * @throws OAuthProblem when what the token is issued for has ended or changed since it was read
 */
export function commitSession(
  deps: Dependencies,
  repositories: Repositories,
  issuance: Issuance,
): Promise<CommittedSession> {
  const plan = issuance.proven.session;
  switch (plan.do) {
    case 'open':
      return openWithLogin(deps, repositories, plan, issuance);
    case 'continue':
      return continueSession(deps, repositories, plan, issuance);
    case 'reuse':
      return reuseSession(deps, repositories, plan, issuance);
    case 'without':
      return withoutSession(repositories, issuance);
  }
}

/** For clients that refresh, with the first refresh token. */
async function openWithLogin(
  { settings, now }: Dependencies,
  { sessions }: Repositories,
  { login, id = randomUUID(), withRefreshToken = true }: Plan<'open'>,
  issuance: Issuance,
): Promise<CommittedSession> {
  const { client, caller, parameters } = issuance.request;
  const mayRefresh = withRefreshToken && client.grantTypes.includes('refresh_token');
  const openedMs = now();
  const after = (seconds: number) => new Date(openedMs + seconds * 1000);
  const refreshToken = mayRefresh ? newRefreshToken() : undefined;
  const session = {
    id,
    scope: issuance.granted.scopes.join(' '),
    followsScopes: (issuance.proven.followsScopes ?? true) && parameters.namesNothing,
    device: caller.device,
    address: caller.address,
    authentication: issuance.proven.authentication,
    createdAt: after(0),
    expiresAt: after(settings.sessionSeconds),
    refreshToken: refreshToken
      ? { hash: hashOf(refreshToken), expiresAt: after(settings.refreshTokenSeconds) }
      : undefined,
  };
  const event = auditRecordOf(issuance, { sessionId: id });
  const outcome = await sessions.open(login, session, issuance.token, event);
  if (outcome === 'refused') {
    throw 'passwordHash' in login ? wrongLogin() : new OAuthProblem('invalid_grant');
  }
  if (outcome === 'changed') throw changedMeanwhile();
  return { id, refreshToken };
}

/** Gives the refresh token's successor, which does not outlive the session. */
async function continueSession(
  { settings, now }: Dependencies,
  { sessions }: Repositories,
  { session: { id, expiresAt: sessionEnd } }: Plan<'continue'>,
  issuance: Issuance,
): Promise<CommittedSession> {
  const refreshToken = newRefreshToken();
  const createdAt = new Date(now());
  const slidingEndMs = createdAt.getTime() + settings.refreshTokenSeconds * 1000;
  const expiresAt = new Date(Math.min(slidingEndMs, sessionEnd.getTime()));
  const outcome = await sessions.proceed(
    id,
    { hash: hashOf(refreshToken), createdAt, expiresAt },
    issuance.token,
    auditRecordOf(issuance, { sessionId: id }),
  );
  if (outcome !== 'written') throw changedMeanwhile();
  return { id, refreshToken };
}

async function reuseSession(
  { now }: Dependencies,
  { issuedTokens }: Repositories,
  { id, person: { id: userId, roles }, basisOf }: Plan<'reuse'>,
  issuance: Issuance,
): Promise<CommittedSession> {
  const loginScopes = basisOf(issuance.granted.scopes);
  const login = { userId, roles, sessionId: id, loginScopes, at: new Date(now()) };
  const event = auditRecordOf(issuance, {});
  const outcome = await issuedTokens.addForExchange(issuance.token, login, event);
  if (outcome === 'refused') throw new OAuthProblem('invalid_grant');
  if (outcome === 'changed') throw changedMeanwhile();
  return { id };
}

async function withoutSession(
  { issuedTokens }: Repositories,
  issuance: Issuance,
): Promise<CommittedSession> {
  const outcome = await issuedTokens.addForClient(issuance.token, auditRecordOf(issuance, {}));
  if (outcome !== 'written') throw changedMeanwhile();
  return {};
}

function auditRecordOf(
  { request, proven, granted }: Issuance,
  session: { sessionId?: string },
): AuditRecord {
  const { type, actor, details } = proven.audit;
  return {
    type,
    actor,
    subject: nameOf(proven.subject),
    clientId: request.client.id,
    caller: request.caller,
    details: { ...session, ...details?.(granted) },
  };
}

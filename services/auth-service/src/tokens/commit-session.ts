import { randomUUID } from 'node:crypto';
import { nameOf } from '../access/access-token.ts';
import type { AuditRecord } from '../audit/audit-repository.ts';
import { OAuthProblem, wrongLogin } from '../errors.ts';
import { hashOf, newRefreshToken } from '../sessions/refresh-token.ts';
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
}

type Plan<Do extends SessionPlan['do']> = Extract<SessionPlan, { do: Do }>;

/** Writes the session, the refresh token and the audit record; the token is signed afterwards. */
export async function commitSession(
  deps: Dependencies,
  repositories: Repositories,
  issuance: Issuance,
): Promise<CommittedSession> {
  const plan = issuance.proven.session;
  if (plan.do === 'open') return openWithLogin(deps, repositories, plan, issuance);
  if (plan.do === 'continue') return continueSession(deps, repositories, plan, issuance);
  await repositories.audit.record(auditRecordOf(issuance, {}));
  return { id: plan.id };
}

/** One statement, with the audit record and, for clients that refresh, the first refresh token. */
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
    clientId: client.id,
    scope: issuance.granted.scopes.join(' '),
    followsScopes:
      issuance.proven.defaultScopes === undefined &&
      parameters.scopes === undefined &&
      parameters.all('resource').length === 0,
    device: caller.device,
    address: caller.address,
    createdAt: after(0),
    expiresAt: after(settings.sessionSeconds),
    refreshToken: refreshToken
      ? { hash: hashOf(refreshToken), expiresAt: after(settings.refreshTokenSeconds) }
      : undefined,
  };
  const event = auditRecordOf(issuance, { sessionId: id });
  if (!(await sessions.open(login, session, event))) {
    throw 'passwordHash' in login ? wrongLogin() : new OAuthProblem('invalid_grant');
  }
  return { id, refreshToken };
}

/** Gives the refresh token's successor, which does not outlive the session. */
async function continueSession(
  { settings, now }: Dependencies,
  { sessions, refreshTokens, audit }: Repositories,
  { session: { id, expiresAt: sessionEnd } }: Plan<'continue'>,
  issuance: Issuance,
): Promise<CommittedSession> {
  const refreshToken = newRefreshToken();
  const createdAt = new Date(now());
  const slidingEndMs = createdAt.getTime() + settings.refreshTokenSeconds * 1000;
  const expiresAt = new Date(Math.min(slidingEndMs, sessionEnd.getTime()));
  await refreshTokens.add({ hash: hashOf(refreshToken), sessionId: id, createdAt, expiresAt });
  await sessions.touch(id, createdAt);
  await audit.record(auditRecordOf(issuance, { sessionId: id }));
  return { id, refreshToken };
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

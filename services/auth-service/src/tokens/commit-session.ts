import { randomUUID } from 'node:crypto';
import { type AuditRecord, record } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';
import { wrongLogin } from '../errors.ts';
import { hashOf, newRefreshToken } from '../sessions/refresh-token.ts';
import { addRefreshToken, openSession, touchSession } from '../sessions/session-repository.ts';
import { nameOf } from './access-token.ts';
import type { GrantedScopes, GrantRequest, RedeemedGrant, SessionPlan } from './grant.ts';

interface Dependencies {
  settings: { refreshTokenSeconds: number; sessionSeconds: number };
  now: () => number;
}

export interface CommittedSession {
  /** Absent for a client that acts for itself. */
  id?: string | undefined;
  refreshToken?: string | undefined;
}

/** Writes the session, the refresh token and the audit record before a token for them is signed. */
export async function commitSession(
  deps: Dependencies,
  tx: Tx,
  request: GrantRequest,
  redeemed: RedeemedGrant,
  granted: GrantedScopes,
): Promise<CommittedSession> {
  const plan = redeemed.session;
  const recordFor = (details: { sessionId?: string }): AuditRecord => ({
    type: redeemed.audit.type,
    actor: redeemed.audit.actor,
    subject: nameOf(redeemed.subject),
    clientId: request.client.id,
    caller: request.caller,
    details: { ...details, ...redeemed.audit.details?.(granted) },
  });
  if (plan.do === 'open') return open(deps, tx, plan, { request, granted, recordFor });
  if (plan.do === 'continue') {
    const refreshToken = await giveSuccessor(deps, tx, plan);
    await record(tx, recordFor({ sessionId: plan.session.id }));
    return { id: plan.session.id, refreshToken };
  }
  await record(tx, recordFor({}));
  return { id: plan.id };
}

type Plan<Do extends SessionPlan['do']> = Extract<SessionPlan, { do: Do }>;

interface Opening {
  request: GrantRequest;
  granted: GrantedScopes;
  recordFor: (details: { sessionId: string }) => AuditRecord;
}

/** One statement, with the audit record and, for clients that refresh, the first refresh token. */
async function open(
  { settings, now }: Dependencies,
  tx: Tx,
  { login }: Plan<'open'>,
  { request: { client, caller }, granted, recordFor }: Opening,
): Promise<CommittedSession> {
  const id = randomUUID();
  const openedMs = now();
  const after = (seconds: number) => new Date(openedMs + seconds * 1000);
  const refreshToken = client.grantTypes.includes('refresh_token') ? newRefreshToken() : undefined;
  const session = {
    id,
    clientId: client.id,
    scope: granted.scopes.join(' '),
    device: caller.device,
    address: caller.address,
    createdAt: after(0),
    expiresAt: after(settings.sessionSeconds),
    refreshToken: refreshToken
      ? { hash: hashOf(refreshToken), expiresAt: after(settings.refreshTokenSeconds) }
      : undefined,
  };
  if (!(await openSession(tx, login, session, recordFor({ sessionId: id })))) throw wrongLogin();
  return { id, refreshToken };
}

/** A new refresh token of a session; it does not outlive the session. */
async function giveSuccessor(
  { settings, now }: Dependencies,
  tx: Tx,
  { session: { id: sessionId, expiresAt: sessionEnd } }: Plan<'continue'>,
): Promise<string> {
  const successor = newRefreshToken();
  const createdAt = new Date(now());
  const slidingEndMs = createdAt.getTime() + settings.refreshTokenSeconds * 1000;
  const expiresAt = new Date(Math.min(slidingEndMs, sessionEnd.getTime()));
  await addRefreshToken(tx, { hash: hashOf(successor), sessionId, createdAt, expiresAt });
  await touchSession(tx, sessionId, createdAt);
  return successor;
}

import type { VerifiedToken, Verifier } from '@latchkey/jwt-verify';
import {
  type CurrentCatalog,
  isForRoles,
  mayHaveScope,
  rolesOfServices,
} from '../scopes/scope-catalog.ts';
import type { Subject } from './access-token.ts';
import type { HolderRepository } from './holder-repository.ts';
import { claimsOf } from './token-claims.ts';

interface Dependencies {
  settings: { profile: 'standard' | 'minimal' };
  catalog: CurrentCatalog;
  now: () => number;
}

/** What a token is worth at this moment: never more than the token says. */
export interface LiveToken {
  /** With the roles as they are now. */
  subject: Subject;
  /** Those of the token that its client, and the person's roles, still allow. */
  scopes: readonly string[];
}

export type LookUpLiveToken = (token: VerifiedToken) => Promise<LiveToken | undefined>;

/**
 * Makes the function that says whom a token speaks for, as they are now. The account must be active
 * and the token's own, the session must run, the client must be enabled, the token must not be
 * revoked. What a token of the minimal profile does not name is not asked for. It answers undefined
 * when the token is not good any more.
 */
export function liveTokenLookup(
  holders: HolderRepository,
  { settings, catalog, now }: Dependencies,
): LookUpLiveToken {
  const isMinimal = settings.profile === 'minimal';
  return async (token) => {
    const claims = claimsOf(token);
    if (!claims) return undefined;
    const { sub, id, client_id: clientId, sid: sessionId, status: place } = claims;
    // A client speaks for itself when its token names no person.
    if (id === undefined && sub !== clientId) return undefined;
    const holder = await holders.find({ username: sub, id, clientId, sessionId, place }, now());
    if (!holder) return undefined;
    const { person, client } = holder;
    const roles = isMinimal ? [] : rolesOfServices(catalog(), person?.roles ?? []);
    const scopes = token.scopes.filter(
      (scope) =>
        (client === undefined || mayHaveScope(client, scope)) &&
        (person === undefined || isForRoles(scope, roles)),
    );
    const subject: Subject = person
      ? { kind: 'person', ...person, roles }
      : { kind: 'client', id: sub };
    return { subject, scopes };
  };
}

/** Undefined for a token that is not valid. @throws TokenError when the keys are unavailable */
export type ReadToken = (text: string) => Promise<VerifiedToken | undefined>;

/** Reads a token that is what the request is about, not what lets it in. */
export const tokenReader =
  (verifier: () => Verifier): ReadToken =>
  (text) =>
    verifier()
      .verify(text)
      .catch((error: { status?: number }) => {
        if (error.status === 503) throw error;
        return undefined;
      });

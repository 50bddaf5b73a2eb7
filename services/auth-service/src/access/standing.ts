import type { VerifiedToken } from '@latchkey/jwt-verify';
import { rowNumber } from '@latchkey/service-kit/http/schemas';
import type { Pool } from 'pg';
import { z } from 'zod';
import { mayHaveScope } from '../clients/client-repository.ts';
import { isForRoles } from '../scopes/scope-catalog.ts';
import type { Subject } from './access-token.ts';
import { findHolder } from './standing-repository.ts';

interface Dependencies {
  pool: Pool;
  settings: { profile: 'standard' | 'minimal' };
  now: () => number;
}

/** What a token is worth at this moment: never more than the token says. */
export interface Standing {
  /** With the roles as they are now. */
  subject: Subject;
  /** Those of the token that its client, and the person's roles, still allow. */
  scopes: readonly string[];
}

/** PostgreSQL has no text with NUL in it, and holders of a shared secret write what they like. */
const name = z.string().refine((text) => !text.includes('\0'));

const claimsSchema = z.object({
  sub: name,
  id: rowNumber.optional(),
  client_id: name.optional(),
  jti: name.optional(),
  sid: z.uuid().optional(),
});

export type StandingOf = (token: VerifiedToken) => Promise<Standing | undefined>;

/**
 * Makes the function that says whom a token speaks for, as they are now. The account must be active
 * and the token's own, the session must run, the client must be enabled, the token must not be
 * revoked. What a token of the minimal profile does not name is not asked for. It answers undefined
 * when the token is not good any more.
 */
export function standings({ pool, settings, now }: Dependencies): StandingOf {
  const isMinimal = settings.profile === 'minimal';
  return async (token) => {
    const claims = claimsSchema.safeParse(token.claims).data;
    if (!claims) return undefined;
    const { sub, id, client_id: clientId, jti, sid: sessionId } = claims;
    // A client speaks for itself when its token names nobody else.
    if (id === undefined && sub !== clientId) return undefined;
    const holder = await findHolder(pool, { username: sub, id, clientId, jti, sessionId }, now());
    if (!holder) return undefined;
    const { person, client } = holder;
    const roles = isMinimal ? [] : (person?.roles ?? []);
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

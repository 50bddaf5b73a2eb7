import { randomUUID } from 'node:crypto';
import type { TokenSigner } from '../keys/token-signer.ts';
import { type StatusPlace, statusClaim } from '../revocation/status-place.ts';
import { type Authentication, authenticationClaims } from './assurance.ts';

/** Whom a token speaks for: a person, or a client acting for itself. */
export type Subject = PersonSubject | { kind: 'client'; id: string };

interface PersonSubject {
  kind: 'person';
  id: number;
  username: string;
  roles: readonly string[];
}

/** Of a database row just what a token needs: never the password hash. */
export const personSubject = ({
  id,
  username,
  roles,
}: Omit<PersonSubject, 'kind'>): PersonSubject => ({
  kind: 'person',
  id,
  username,
  roles,
});

/** What an access token says, before it is signed. */
export interface AccessTokenContent {
  subject: Subject;
  clientId: string;
  scopes: readonly string[];
  audiences: readonly string[];
  sessionId?: string | undefined;
  /** Of a person; sessions of older releases do not know it. */
  authentication?: Authentication | undefined;
  /** Who acts on the subject's behalf (RFC 8693 §4.1). */
  act?: object | undefined;
  validity: Validity;
  /** Where its revocation bit is; absent in the minimal profile. */
  place?: StatusPlace | undefined;
}

/** Seconds since the epoch. */
export interface Validity {
  iat: number;
  exp: number;
}

export interface AccessTokenSettings {
  issuer: string;
  profile: 'standard' | 'minimal';
  signer: TokenSigner;
}

export interface SignedAccessToken {
  token: string;
  expiresInSeconds: number;
}

/** RFC 9068, or just `sub`, `id` and `exp` in the minimal profile. */
export function signAccessToken(
  settings: AccessTokenSettings,
  content: AccessTokenContent,
): SignedAccessToken {
  const { issuer, profile, signer } = settings;
  const { iat, exp } = content.validity;
  const { sub, id, roles } = subjectClaims(content.subject);
  if (profile === 'minimal') {
    return { token: signer.sign({ sub, id, exp }), expiresInSeconds: exp - iat };
  }
  const claims = {
    iss: issuer,
    aud: content.audiences,
    exp,
    iat,
    jti: randomUUID(),
    client_id: content.clientId,
    scope: content.scopes.join(' '),
    sub,
    id,
    roles,
    ...(content.authentication ? authenticationClaims(content.authentication) : {}),
    ...(content.sessionId ? { sid: content.sessionId } : {}),
    ...(content.act ? { act: content.act } : {}),
    ...(content.place ? { status: statusClaim(issuer, content.place) } : {}),
  };
  return { token: signer.sign(claims), expiresInSeconds: exp - iat };
}

/** As the `sub` claim and the audit record name a subject. */
export const nameOf = (subject: Subject): string =>
  subject.kind === 'person' ? subject.username : subject.id;

function subjectClaims(subject: Subject): { sub: string; id?: number; roles: readonly string[] } {
  if (subject.kind === 'client') return { sub: subject.id, roles: [] };
  return { sub: subject.username, id: subject.id, roles: subject.roles };
}

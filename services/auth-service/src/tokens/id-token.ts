import type { TokenSigner } from '../keys/token-signer.ts';
import type { Identity } from './grant.ts';

interface Settings {
  issuer: string;
  /** No longer than the keys stay published after their last signature. */
  idTokenSeconds: number;
  signer: TokenSigner;
  now: () => number;
}

interface IdTokenContent extends Identity {
  /** As the `sub` of access tokens. */
  subject: string;
  clientId: string;
  sessionId: string;
}

/**
 * OpenID Connect Core §2. Its `typ` and its audience, the client, keep it from being taken for an
 * access token.
 */
export function signIdToken(
  { issuer, idTokenSeconds, signer, now }: Settings,
  { subject, clientId, sessionId, nonce, authTime, amr }: IdTokenContent,
): string {
  const iat = Math.floor(now() / 1000);
  const claims = {
    iss: issuer,
    sub: subject,
    aud: clientId,
    exp: iat + idTokenSeconds,
    iat,
    auth_time: Math.floor(authTime.getTime() / 1000),
    ...(nonce === undefined ? {} : { nonce }),
    amr,
    sid: sessionId,
  };
  return signer.sign(claims, 'JWT');
}

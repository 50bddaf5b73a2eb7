import { type Authentication, authenticationClaims } from '../access/assurance.ts';
import type { TokenSigner } from '../keys/token-signer.ts';

interface Settings {
  issuer: string;
  /** No longer than the keys stay published after their last signature. */
  idTokenSeconds: number;
  signer: TokenSigner;
  now: () => number;
}

interface IdTokenContent {
  /** As the `sub` of access tokens. */
  subject: string;
  clientId: string;
  sessionId: string;
  nonce: string | undefined;
  claims: object;
  authentication: Authentication;
}

/**
 * OpenID Connect Core §2. Its `typ` and its audience, the client, keep it from being taken for an
 * access token.
 */
export function signIdToken(
  { issuer, idTokenSeconds, signer, now }: Settings,
  { subject, clientId, sessionId, nonce, claims: more, authentication }: IdTokenContent,
): string {
  const iat = Math.floor(now() / 1000);
  const claims = {
    iss: issuer,
    sub: subject,
    aud: clientId,
    exp: iat + idTokenSeconds,
    iat,
    ...authenticationClaims(authentication),
    ...(nonce === undefined ? {} : { nonce }),
    sid: sessionId,
    ...more,
  };
  return signer.sign(claims, 'JWT');
}

import type { TokenSigner } from '../keys/token-signer.ts';
import type { LogoutNotice } from './logout-notice-repository.ts';

interface Settings {
  issuer: string;
  signer: Pick<TokenSigner, 'sign'>;
  now: () => number;
}

const BACKCHANNEL_LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
/** OpenID Connect Back-Channel Logout §4: two minutes at most. */
const LOGOUT_TOKEN_SECONDS = 120;

/** OpenID Connect Back-Channel Logout §2.4. */
export function signLogoutToken(
  { issuer, signer, now }: Settings,
  { id, clientId, sessionId, username }: LogoutNotice,
): string {
  const iat = Math.floor(now() / 1000);
  const claims = {
    iss: issuer,
    sub: username,
    aud: clientId,
    iat,
    exp: iat + LOGOUT_TOKEN_SECONDS,
    jti: id,
    events: { [BACKCHANNEL_LOGOUT]: {} },
    sid: sessionId,
  };
  return signer.sign(claims, 'logout+jwt');
}

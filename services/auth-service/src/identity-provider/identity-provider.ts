import * as oidc from 'openid-client';
import { problems } from '../errors.ts';
import type { IdentityProviderSettings } from './provider-settings.ts';

/** What keeps an answer to the request that it is for. */
export interface ProviderChecks {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export type IdentityProvider = ReturnType<typeof identityProvider>;

/** Of each request to the provider. */
const TIMEOUT_SECONDS = 5;
const MAX_SUBJECT_LENGTH = 255;
export const CALLBACK_PATH = '/sign-in/callback';

/** Authorization code with PKCE, state, nonce and `iss`; the ID token's signature is checked too. */
export function identityProvider(
  { issuer, clientId, clientSecret, name }: IdentityProviderSettings,
  ownIssuer: string,
) {
  const redirectUri = `${ownIssuer}${CALLBACK_PATH}`;
  let known: oidc.Configuration | undefined;

  const discover = async () => {
    const authentication = clientSecret ? oidc.ClientSecretBasic(clientSecret) : oidc.None();
    const insecure = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
    known = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
      timeout: TIMEOUT_SECONDS,
      execute: [oidc.enableNonRepudiationChecks, ...insecure],
    });
    return known;
  };

  return {
    issuer,
    name,
    newChecks: (): ProviderChecks => ({
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      codeVerifier: oidc.randomPKCECodeVerifier(),
    }),

    /**
     * Where the browser goes. Asks for the metadata each time: nobody is sent to a provider that is away.
     *
     * @param mustProve the person has to sign in there anew
     * @throws Problem `provider_unavailable`
     */
    async addressFor({ state, nonce, codeVerifier }: ProviderChecks, mustProve: boolean) {
      try {
        const url = oidc.buildAuthorizationUrl(await discover(), {
          redirect_uri: redirectUri,
          scope: 'openid',
          code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          state,
          nonce,
          ...(mustProve ? { prompt: 'login', max_age: '0' } : {}),
        });
        return url.href;
      } catch (cause) {
        throw problems.provider_unavailable({ cause, headers: RETRY_AFTER });
      }
    },

    /**
     * @returns `authTimeSeconds`, when the person signed in there, if the provider says it
     * @param maxAge how many seconds ago the person may have signed in there; undefined for any time
     * @throws Problem `provider_unavailable`, `provider_refused`
     */
    async identityIn(
      query: string,
      checks: ProviderChecks,
      maxAge: number | undefined,
    ): Promise<{ subject: string; authTimeSeconds: number | undefined }> {
      const { state: expectedState, nonce: expectedNonce, codeVerifier } = checks;
      try {
        const tokens = await oidc.authorizationCodeGrant(
          known ?? (await discover()),
          new URL(`${redirectUri}?${query}`),
          {
            expectedState,
            expectedNonce,
            pkceCodeVerifier: codeVerifier,
            idTokenExpected: true,
            ...(maxAge === undefined ? {} : { maxAge }),
          },
        );
        const { sub: subject = '', auth_time: authTimeSeconds } = tokens.claims() ?? {};
        if (!isSubject(subject)) throw new Error('no usable sub');
        return { subject, authTimeSeconds };
      } catch (cause) {
        if (isAway(cause)) throw problems.provider_unavailable({ cause, headers: RETRY_AFTER });
        throw problems.provider_refused({ cause });
      }
    },
  };
}

const RETRY_AFTER = { 'Retry-After': '5' };

const isSubject = (text: string) =>
  text.length > 0 &&
  text.length <= MAX_SUBJECT_LENGTH &&
  !text.includes('\0') &&
  text.isWellFormed();

/** It did not answer, or said that the trouble is its own. */
function isAway(error: unknown): boolean {
  if (error instanceof oidc.AuthorizationResponseError) {
    return error.error === 'server_error' || error.error === 'temporarily_unavailable';
  }
  const { status, code, name } = error as { status?: number; code?: string; name?: string };
  return (status ?? 0) >= 500 || code === 'OAUTH_TIMEOUT' || name === 'TypeError';
}

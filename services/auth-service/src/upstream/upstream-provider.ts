import * as oidc from 'openid-client';
import { problems } from '../errors.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** What keeps an answer to the request that it is for. */
export interface UpstreamChecks {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export type UpstreamProvider = ReturnType<typeof upstreamProvider>;

/** Of each request to the provider. */
const TIMEOUT_SECONDS = 5;
const MAX_SUBJECT_LENGTH = 255;
export const CALLBACK_PATH = '/sign-in/callback';

/** Authorization code with PKCE, state, nonce and `iss`; the ID token's signature is checked too. */
export function upstreamProvider(
  { issuer, clientId, clientSecret, name }: UpstreamSettings,
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
    newChecks: (): UpstreamChecks => ({
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      codeVerifier: oidc.randomPKCECodeVerifier(),
    }),

    /**
     * Where the browser goes. Asks for the metadata each time: nobody is sent to a provider that is away.
     *
     * @param mustProve the person has to sign in there anew
     * @throws Problem `upstream_unavailable`
     */
    async addressFor({ state, nonce, codeVerifier }: UpstreamChecks, mustProve: boolean) {
      try {
        const url = oidc.buildAuthorizationUrl(await discover(), {
          redirect_uri: redirectUri,
          scope: 'openid',
          code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          state,
          nonce,
          ...(mustProve ? { prompt: 'login' } : {}),
        });
        return url.href;
      } catch (cause) {
        throw problems.upstream_unavailable({ cause, headers: RETRY_AFTER });
      }
    },

    /** @returns the `sub` @throws Problem `upstream_unavailable`, `upstream_refused` */
    async subjectIn(query: string, checks: UpstreamChecks): Promise<string> {
      const { state: expectedState, nonce: expectedNonce, codeVerifier } = checks;
      try {
        const tokens = await oidc.authorizationCodeGrant(
          known ?? (await discover()),
          new URL(`${redirectUri}?${query}`),
          { expectedState, expectedNonce, pkceCodeVerifier: codeVerifier, idTokenExpected: true },
        );
        const subject = tokens.claims()?.sub ?? '';
        if (!isSubject(subject)) throw new Error('no usable sub');
        return subject;
      } catch (cause) {
        if (isAway(cause)) throw problems.upstream_unavailable({ cause, headers: RETRY_AFTER });
        throw problems.upstream_refused({ cause });
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

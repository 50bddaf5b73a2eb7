import { contextHeaders, type RequestContext } from '@latchkey/service-kit/http/request-context';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { SESSION_CALLBACK_PATH } from '@latchkey/service-kit/joining/roles';
import { PUBLIC_KEY_ALGORITHMS } from '@latchkey/service-kit/joining/token-config';
import { decodeJwt, importJWK, type JWK } from 'jose';
import * as oidc from 'openid-client';

/** Less than a session is held for. */
const TIMEOUT_SECONDS = 4;

const AHEAD_SECONDS = 120;
const MARGIN_SECONDS = 10;

/** For whom auth-service is asked: it limits and records by them, not by the gateway. */
export interface Caller {
  address: string;
  userAgent: string | undefined;
  context: RequestContext;
}

export interface AccessToken {
  token: string;
  /** From here on its successor is fetched, while it is still used. */
  renewFromMs: number;
  /** Not in its last moments, when it might expire on the way. */
  usableUntilMs: number;
}

export interface Tokens {
  access: AccessToken;
  refreshToken: string;
  idToken: string | undefined;
}

/** The login is over: signed out, ended elsewhere, expired, or the account is closed. */
export class LoginEnded extends Error {
  override name = 'LoginEnded';
}

/** What came back from the sign-in pages is an error, or not the answer to this browser's question. */
export class SignInFailed extends Error {
  override name = 'SignInFailed';
}

interface Options {
  issuer: string;
  /** Where auth-service is, seen from here. */
  baseUrl: string;
  clientId: string;
  clientKey: JWK & { alg: string };
  /** Whether auth-service signs ID tokens: not with a shared secret. */
  hasIdTokens: boolean;
  now: () => number;
}

export type AuthorizationServer = Awaited<ReturnType<typeof authorizationServer>>;

/** auth-service, as an OpenID Connect client sees it. */
export async function authorizationServer(options: Options) {
  const { issuer, baseUrl, clientId, clientKey, hasIdTokens, now } = options;
  const key = await importJWK(clientKey, clientKey.alg);
  const redirectUri = `${issuer}${SESSION_CALLBACK_PATH}`;
  const metadata: oidc.ServerMetadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    end_session_endpoint: `${issuer}/logout`,
    token_endpoint: `${baseUrl}/token`,
    revocation_endpoint: `${baseUrl}/revoke`,
    jwks_uri: `${baseUrl}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: [...PUBLIC_KEY_ALGORITHMS],
    authorization_response_iss_parameter_supported: true,
  };

  const configurationFor = (caller?: Caller): oidc.Configuration => {
    const configuration = new oidc.Configuration(
      metadata,
      clientId,
      {},
      oidc.PrivateKeyJwt(key as oidc.CryptoKey),
    );
    // Between containers, or on this machine.
    if (!baseUrl.startsWith('https:')) oidc.allowInsecureRequests(configuration);
    configuration.timeout = TIMEOUT_SECONDS;
    if (caller)
      configuration[oidc.customFetch] = (url, init) => fetch(url, withCaller(init, caller));
    return configuration;
  };

  const tokensOf = (answer: oidc.TokenEndpointResponse): Tokens => {
    const { access_token: token, refresh_token: refreshToken, expires_in: seconds } = answer;
    if (refreshToken === undefined || seconds === undefined) {
      throw new UpstreamError('auth-service', 'invalid', new Error('no refresh token'));
    }
    const expiresAtMs = now() + seconds * 1000;
    const access = {
      token,
      renewFromMs: expiresAtMs - Math.min(AHEAD_SECONDS, seconds / 4) * 1000,
      usableUntilMs: expiresAtMs - Math.min(MARGIN_SECONDS, seconds / 8) * 1000,
    };
    return { access, refreshToken, idToken: answer.id_token };
  };

  return {
    /** Where the browser is sent, and what must be kept for when it is back. */
    async begin(parameters: Record<string, string>) {
      const codeVerifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const location = oidc.buildAuthorizationUrl(configurationFor(), {
        ...parameters,
        redirect_uri: redirectUri,
        // Everything that the person may do, now and later; the browser has none of it.
        scope: 'openid admin',
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
      return { location: location.href, codeVerifier, state, nonce };
    },

    /**
     * @param search of the address that the browser was sent back to
     * @throws LoginEnded for a code that is not good any more; SignInFailed; UpstreamError
     */
    async finish(
      search: string,
      { state, nonce, codeVerifier }: { state: string; nonce: string; codeVerifier: string },
      caller: Caller,
    ): Promise<Tokens & { username: string }> {
      const answer = await withMappedErrors(() =>
        oidc.authorizationCodeGrant(configurationFor(caller), new URL(`${redirectUri}${search}`), {
          expectedState: state,
          pkceCodeVerifier: codeVerifier,
          ...(hasIdTokens ? { expectedNonce: nonce, idTokenExpected: true } : {}),
        }),
      );
      const tokens = tokensOf(answer);
      return { ...tokens, username: String(decodeJwt(tokens.access.token).sub) };
    },

    /**
     * @returns undefined when the person may have none of these scopes
     * @throws LoginEnded; UpstreamError
     */
    async refresh(
      refreshToken: string,
      scope: string,
      caller: Caller,
    ): Promise<Tokens | undefined> {
      try {
        const answer = await withMappedErrors(() =>
          oidc.refreshTokenGrant(configurationFor(caller), refreshToken, { scope }),
        );
        return tokensOf(answer);
      } catch (error) {
        if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_scope') {
          return undefined;
        }
        throw error;
      }
    },

    /** Ends auth-service's session and every token of it. @throws UpstreamError */
    revoke: (refreshToken: string, caller: Caller): Promise<void> =>
      withMappedErrors(() => oidc.tokenRevocation(configurationFor(caller), refreshToken)),

    /** Where the browser goes to end the sign-in itself. */
    signOutUrl: (idToken: string | undefined): string =>
      oidc.buildEndSessionUrl(configurationFor(), {
        post_logout_redirect_uri: `${issuer}/`,
        ...(idToken ? { id_token_hint: idToken } : {}),
      }).href,
  };
}

/** That the login is over, or has none of the scopes, is the person's; all else is trouble of ours. */
async function withMappedErrors<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof oidc.AuthorizationResponseError) {
      throw new SignInFailed(error.error, { cause: error });
    }
    if (error instanceof oidc.ClientError && error.code === 'OAUTH_INVALID_RESPONSE') {
      throw new SignInFailed('invalid_response', { cause: error });
    }
    if (error instanceof oidc.ResponseBodyError) {
      if (error.error === 'invalid_grant') throw new LoginEnded('invalid_grant', { cause: error });
      if (error.error === 'invalid_scope') throw error;
    }
    throw new UpstreamError('auth-service', 'unreachable', error);
  }
}

function withCaller(init: object, { address, userAgent, context }: Caller): RequestInit {
  const { headers, ...rest } = init as RequestInit;
  return {
    ...rest,
    headers: {
      ...(headers as Record<string, string>),
      ...contextHeaders(context),
      'x-forwarded-for': address,
      'user-agent': userAgent ?? 'unknown',
    },
  };
}

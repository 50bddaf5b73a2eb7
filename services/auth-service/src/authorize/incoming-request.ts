import { Problem } from '@latchkey/service-kit/http/problems';
import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import type { Caller } from '../caller.ts';
import { type AuthenticateClient, isClientId } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { DocumentError } from '../clients/document-error.ts';
import type { FindClient } from '../clients/find-client.ts';
import { isRegisteredRedirectUri } from '../clients/redirect-uri.ts';
import { OAuthProblem, problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { Store } from '../store.ts';
import type { ReadIdTokenHint } from '../tokens/id-token-hint.ts';
import {
  credentialsOf,
  readParameters,
  type TokenParameters,
  type TokenRequest,
} from '../tokens/token-request.ts';
import { AuthorizationError } from './authorization-error.ts';
import {
  type AuthorizationRequest,
  knownParameters,
  only,
  queryOf,
  type RawParameters,
  readAuthorizationRequest,
} from './authorization-request.ts';

interface Dependencies {
  findClient: FindClient;
  authenticateClient: AuthenticateClient;
  limits: Pick<Limits, 'countPushedRequest'>;
  readHint: ReadIdTokenHint;
  now: () => number;
}

/** RFC 9126 §2.2. */
export interface PushedAnswer {
  request_uri: string;
  expires_in: number;
}

const REQUEST_URI_PREFIX = 'urn:ietf:params:oauth:request_uri:';
const REQUEST_URI = /^urn:ietf:params:oauth:request_uri:([\w-]{43})$/;
const PUSHED_SECONDS = 60;
/** How long a person may take on the pages with a pushed request. */
const OPENED_SECONDS = 1_800;

export type IncomingRequests = ReturnType<typeof incomingRequests>;

/** How authorization requests come in: in an address, or pushed ahead. */
export function incomingRequests(
  { pushedRequests }: Pick<Store, 'pushedRequests'>,
  { findClient, authenticateClient, limits, readHint, now }: Dependencies,
) {
  /**
   * @param visit with the secret of the cookie that a pushed request is bound to
   * @param stage whether a `request_uri` is used now, or was by this browser
   * @throws Problem `bad_authorization_request`: nothing is sent anywhere; AuthorizationError
   */
  const read = async (
    query: object,
    { browser, caller }: Pick<PageVisit, 'browser' | 'caller'>,
    stage: 'begin' | 'continue',
  ): Promise<AuthorizationRequest> => {
    const parameters = onPage(() => readParameters(only(query, ['client_id', 'request_uri'])));
    const client = await clientOf(parameters, caller);
    const requestUri = onPage(() => parameters.get('request_uri'));
    if (requestUri === undefined) {
      const raw = knownParameters(query);
      return { ...(await checked(raw, client)), pushedHash: undefined };
    }
    const reference = REQUEST_URI.exec(requestUri)?.[1];
    if (reference === undefined) throw badRequest('request_uri must be one that /par gave out.');
    const hash = hashOf(reference);
    const at = now();
    const presented = {
      hash,
      clientId: client.id,
      browserHash: hashOf(browser),
      now: new Date(at),
    };
    const raw =
      stage === 'begin'
        ? await pushedRequests.open(presented, new Date(at + OPENED_SECONDS * 1000))
        : await pushedRequests.findOpen(presented);
    if (!raw) throw badRequest('This request_uri was used already, or has expired.');
    return {
      ...(await checked(raw, client)),
      query: queryOf({ client_id: client.id, request_uri: requestUri }),
      pushedHash: hash,
    };
  };

  const clientOf = async (parameters: TokenParameters, caller: Caller): Promise<Client> => {
    const id = onPage(() => parameters.get('client_id'));
    if (id === undefined) throw badRequest('client_id is missing.');
    const client = isClientId(id) ? await findClient(id, caller).catch(asBadRequest) : null;
    if (!client) throw badRequest('There is no client with this client_id.');
    return client;
  };

  const checked = async (raw: RawParameters, client: Client) => {
    const request = readAuthorizationRequest(raw, client, redirectUriIn(raw, client));
    const token = request.parameters.get('id_token_hint');
    if (token === undefined) return { ...request, hintedUsername: undefined };
    const hint = await readHint(token);
    if (hint?.clientId === client.id) return { ...request, hintedUsername: hint.username };
    const description = 'id_token_hint is not an ID token of this client, or its key is gone.';
    throw new AuthorizationError(request, 'invalid_request', description);
  };

  return {
    read,

    /**
     * RFC 9126 §2: the client is authenticated as at the token endpoint, the request checked as at
     * the authorization endpoint.
     *
     * @throws OAuthProblem
     */
    async push({ form, ...request }: TokenRequest): Promise<PushedAnswer> {
      const parameters = readParameters(form);
      const client = await authenticateClient(credentialsOf(parameters, request));
      if (client.authentication === 'none') await limits.countPushedRequest(request.caller);
      if (parameters.get('request_uri') !== undefined) {
        throw new OAuthProblem('invalid_request', { detail: 'request_uri is not allowed here.' });
      }
      const raw = { ...knownParameters(form as object), client_id: client.id };
      try {
        await checked(raw, client);
      } catch (error) {
        throw asOAuthProblem(error);
      }
      const reference = newSecret();
      const expiresAt = new Date(now() + PUSHED_SECONDS * 1000);
      const hash = hashOf(reference);
      await pushedRequests.add({ hash, clientId: client.id, parameters: raw, expiresAt });
      return { request_uri: `${REQUEST_URI_PREFIX}${reference}`, expires_in: PUSHED_SECONDS };
    },
  };
}

function redirectUriIn(raw: RawParameters, client: Client): string {
  const redirectUri = onPage(() => readParameters(only(raw, ['redirect_uri'])).get('redirect_uri'));
  if (redirectUri === undefined) throw badRequest('redirect_uri is missing.');
  if (!isRegisteredRedirectUri(client, redirectUri)) {
    throw badRequest('redirect_uri is not one that the client registered.');
  }
  return redirectUri;
}

function asBadRequest(error: unknown): never {
  if (!(error instanceof DocumentError)) throw error;
  throw error.isTemporary ? documentAway(error) : badRequest(error.sentence);
}

/** Nothing is wrong with the request: it may work in a moment, as it is. */
const documentAway = (cause: DocumentError) =>
  problems.client_document_unavailable({
    detail: cause.sentence,
    headers: { 'Retry-After': '30' },
    cause,
  });

const badRequest = (detail: string) => problems.bad_authorization_request({ detail });

/** What is wrong before the redirect URI is known to be good is shown to the person, not sent on. */
function onPage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OAuthProblem) throw badRequest(error.detail);
    throw error;
  }
}

/** Of those that a redirect can say, the ones that the token endpoint has too; the rest is a detail. */
function asOAuthProblem(error: unknown): unknown {
  if (error instanceof AuthorizationError) {
    const { code, description: detail } = error;
    const isShared = code === 'invalid_scope' || code === 'unauthorized_client';
    return new OAuthProblem(isShared ? code : 'invalid_request', { detail });
  }
  if (error instanceof Problem && error.code === 'bad_authorization_request') {
    return new OAuthProblem('invalid_request', { detail: error.detail });
  }
  return error;
}

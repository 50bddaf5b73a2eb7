import type { Caller } from '../caller.ts';
import { OAuthProblem } from '../errors.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What of a request can say which client it comes from. */
export interface ClientCredentials {
  caller: Caller;
  authorization: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
  assertionType: string | undefined;
  assertion: string | undefined;
}

/** How the request proves which client sent it; a client that it does not name is undefined. */
export type Presented =
  | { method: 'none'; clientId: string | undefined }
  | { method: 'client_secret_basic' | 'client_secret_post'; clientId: string; secret: string }
  | { method: 'private_key_jwt'; clientId: string; assertion: string };

/** @throws OAuthProblem `invalid_client`, or `invalid_request` for more than one way */
export function presentedBy(credentials: ClientCredentials): Presented {
  const { clientId, clientSecret, assertion, assertionType } = credentials;
  const basic = basicCredentials(credentials.authorization);
  const ways = [basic?.secret, clientSecret, assertion ?? assertionType].filter(Boolean);
  if (ways.length > 1) {
    throw new OAuthProblem('invalid_request', {
      detail: 'Authenticate the client in one way only.',
    });
  }
  if (basic) {
    if (clientId !== undefined && clientId !== basic.id) {
      throw new OAuthProblem('invalid_request', { detail: 'client_id names another client.' });
    }
    // Swagger UI sends the header for public clients too, with nothing after the colon.
    if (basic.secret === '') return { method: 'none', clientId: basic.id };
    return { method: 'client_secret_basic', clientId: basic.id, secret: basic.secret };
  }
  if (assertion !== undefined || assertionType !== undefined) {
    const subject = assertion === undefined ? undefined : subjectOf(assertion);
    const fits = clientId === undefined || clientId === subject;
    if (assertionType !== JWT_BEARER || !assertion || !subject || !fits)
      throw invalidClient(credentials);
    return { method: 'private_key_jwt', clientId: subject, assertion };
  }
  if (clientSecret !== undefined) {
    if (clientId === undefined) {
      throw new OAuthProblem('invalid_request', { detail: 'client_id is missing.' });
    }
    return { method: 'client_secret_post', clientId, secret: clientSecret };
  }
  return { method: 'none', clientId };
}

/**
 * RFC 6749 §2.3.1: both parts form-encoded before they are joined. Another scheme says nothing of
 * the client: HTTP clients add an earlier `Bearer` to all that they send.
 */
function basicCredentials(header: string | undefined): { id: string; secret: string } | undefined {
  if (header === undefined || !/^Basic( |$)/i.test(header)) return undefined;
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  const joined = encoded && Buffer.from(encoded, 'base64').toString('utf8');
  const colon = joined ? joined.indexOf(':') : -1;
  if (!joined || colon < 0) {
    throw new OAuthProblem('invalid_request', { detail: 'Authorization must be Basic id:secret.' });
  }
  if (joined === ':') return undefined;
  return { id: formDecode(joined.slice(0, colon)), secret: formDecode(joined.slice(colon + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Unverified: used only to find the key that the assertion is checked with. */
function subjectOf(assertion: string): string | undefined {
  try {
    const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { sub } = JSON.parse(payload) as { sub?: unknown };
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

export function invalidClient({ authorization }: ClientCredentials, detail?: string): OAuthProblem {
  const scheme = authorization === undefined ? 'Bearer' : 'Basic';
  return new OAuthProblem('invalid_client', {
    ...(detail === undefined ? {} : { detail }),
    headers: { 'WWW-Authenticate': `${scheme} realm="auth-service"` },
  });
}

import { timingSafeEqual } from 'node:crypto';
import { exactText } from '@latchkey/service-kit/http/schemas';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';
import { OAuthProblem } from '../errors.ts';
import type { Client, ClientRepository } from './client-repository.ts';
import { DocumentError } from './document-error.ts';
import type { FindClient } from './find-client.ts';
import {
  type ClientCredentials,
  invalidClient,
  type Presented,
  presentedBy,
} from './presented-credentials.ts';

/** The client of requests that name none: this system's own pages and tools. */
export const DEFAULT_CLIENT_ID = 'latchkey-web';

/** RFC 6749 §A.1. What is none is not looked up. */
export const isClientId = (text: string): boolean => /^[\x20-\x7E]{1,256}$/.test(text);

/** What a client may sign its assertions with. */
export const ASSERTION_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;
const MAX_ASSERTION_SECONDS = 300;
/** A client's clock may run ahead by so much (FAPI 2.0 Security Profile §5.3.2.1). */
const MAX_AHEAD_SECONDS = 10;
const assertionClaims = z.object({
  exp: z.number(),
  iat: z.number().default(0),
  jti: exactText({ min: 1, max: 256 }),
});

interface Dependencies {
  findClient: FindClient;
  issuer: string;
  now: () => number;
}

/** @throws OAuthProblem `invalid_client`, or `invalid_request` for more than one method */
export type AuthenticateClient = (credentials: ClientCredentials) => Promise<Client>;

/**
 * Makes the function that says which client is asking (RFC 6749 §2.3, RFC 7523 §2.2). A client uses
 * the one method that it is registered with.
 */
export function clientAuthentication(
  clients: Pick<ClientRepository, 'useAssertion'>,
  { findClient, issuer, now }: Dependencies,
): AuthenticateClient {
  const find = async (
    { clientId = DEFAULT_CLIENT_ID }: Presented,
    credentials: ClientCredentials,
    isNew = false,
  ) => {
    if (!isClientId(clientId)) return null;
    const options = isNew ? { fetchedWithinMs: 0 } : {};
    return findClient(clientId, credentials.caller, options).catch((error: unknown) => {
      throw error instanceof DocumentError ? ofDocument(credentials, error) : error;
    });
  };

  /** Keys of a metadata document may be newer than what is known of it. */
  const readAssertionOf = async (
    client: Client,
    presented: Presented & { method: 'private_key_jwt' },
    credentials: ClientCredentials,
  ) => {
    const read = ({ id, jwks }: Client) =>
      readAssertion({ id, jwks }, presented.assertion, issuer, now).catch(() => undefined);
    const used = await read(client);
    if (used || client.documentFetchedAt === null) return used;
    const current = await find(presented, credentials, true);
    return current?.authentication === 'private_key_jwt' ? read(current) : undefined;
  };

  return async (credentials) => {
    const presented = presentedBy(credentials);
    const refused = () => invalidClient(credentials);
    const client = await find(presented, credentials);
    if (!client || client.authentication !== presented.method) throw refused();
    if (presented.method === 'none') return client;
    if (presented.method !== 'private_key_jwt') {
      if (!isSecretOf(client, presented.secret)) throw refused();
      return client;
    }
    const used = await readAssertionOf(client, presented, credentials);
    if (!used || !(await clients.useAssertion({ clientId: client.id, ...used }))) throw refused();
    return client;
  };
}

function isSecretOf({ secretHash }: Client, secret: string): boolean {
  return secretHash !== null && timingSafeEqual(secretHash, hashOf(secret));
}

async function readAssertion(
  client: Pick<Client, 'id' | 'jwks'>,
  assertion: string,
  issuer: string,
  now: () => number,
) {
  const keys = createLocalJWKSet(underBothNames(client.jwks as unknown as JSONWebKeySet));
  const { payload } = await jwtVerify(assertion, keys, {
    algorithms: [...ASSERTION_ALGORITHMS],
    issuer: client.id,
    subject: client.id,
    audience: [issuer, `${issuer}/token`],
    requiredClaims: ['exp', 'jti'],
    currentDate: new Date(now()),
    clockTolerance: MAX_AHEAD_SECONDS,
  });
  const { exp, iat, jti } = assertionClaims.parse(payload);
  const nowSeconds = now() / 1000;
  const isOver = exp <= nowSeconds;
  if (isOver || exp - nowSeconds > MAX_ASSERTION_SECONDS || iat - nowSeconds > MAX_AHEAD_SECONDS) {
    throw new errors.JWTInvalid('assertion out of bounds');
  }
  return { jti, expiresAt: new Date(exp * 1000) };
}

/** Ed25519 is what RFC 9864 calls EdDSA with such a key; libraries write the one or the other. */
const underBothNames = ({ keys }: JSONWebKeySet): JSONWebKeySet => ({
  keys: keys.flatMap((key) =>
    key.kty === 'OKP' ? ['EdDSA', 'Ed25519'].map((alg) => ({ ...key, alg })) : [key],
  ),
});

/** A client whose document is away for a moment is not told that it is unknown. */
const ofDocument = (credentials: ClientCredentials, error: DocumentError): OAuthProblem =>
  error.isTemporary
    ? new OAuthProblem('temporarily_unavailable', {
        detail: error.sentence,
        headers: { 'Retry-After': '30' },
        cause: error,
      })
    : invalidClient(credentials, error.sentence);

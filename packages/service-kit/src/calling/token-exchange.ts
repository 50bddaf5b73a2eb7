import type { VerifiedToken } from '@latchkey/jwt-verify';
import { importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import type { RequestContext } from '../http/request-context.ts';
import { UpstreamError } from '../http/upstream-error.ts';
import type { ServiceClient } from './service-client.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** A kept token is not used in its last moments, when it might expire on the way. */
const MARGIN_MS = 30_000;

const answerSchema = z.object({ access_token: z.string(), expires_in: z.int() });
const refusalSchema = z.object({ error: z.enum(['invalid_scope', 'invalid_grant']) });

/** A private JWK as JSON text, of a client that signs its assertions. */
export const clientKey = z
  .string()
  .transform((text) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  })
  .pipe(
    z.looseObject(
      { kty: z.string(), alg: z.string(), d: z.string() },
      { error: 'must be a private JWK with its alg, as JSON' },
    ),
  );

export type ClientKey = z.output<typeof clientKey>;

/** The person's token does not go so far (`invalid_scope`), or is not valid any more (`invalid_grant`). */
export class ExchangeRefused extends Error {
  readonly error: 'invalid_scope' | 'invalid_grant';

  constructor(error: ExchangeRefused['error']) {
    super(`token exchange: ${error}`);
    this.name = 'ExchangeRefused';
    this.error = error;
  }
}

/** A token for the next service on the person's behalf (RFC 8693). */
export type ExchangeToken = (auth: VerifiedToken, context: RequestContext) => Promise<string>;

export interface TokenExchangeOptions {
  authService: ServiceClient;
  issuer: string;
  clientId: string;
  /** The private key that the client signs its assertions with; `alg` says how. */
  clientKey: ClientKey;
  /** The next service, and what to ask for there. */
  audience: string;
  scope: string;
}

/**
 * Exchanges a person's token for one that opens one other service and says who acts. The answer
 * is kept as long as the verifier keeps the person's token.
 *
 * @throws ExchangeRefused, or UpstreamError when auth-service does not answer in its own terms
 */
export function createTokenExchange(options: TokenExchangeOptions): ExchangeToken {
  const { authService, clientId, audience, scope } = options;
  const kept = new WeakMap<VerifiedToken, { token: string; untilMs: number }>();

  return async (auth, context) => {
    const known = kept.get(auth);
    if (known && known.untilMs > Date.now()) return known.token;
    const ask = async () =>
      authService.call('/token', {
        method: 'POST',
        context,
        form: {
          grant_type: TOKEN_EXCHANGE,
          subject_token: auth.token,
          subject_token_type: ACCESS_TOKEN,
          audience,
          scope,
          client_id: clientId,
          client_assertion_type: JWT_BEARER,
          client_assertion: await signAssertion(options),
        },
      });
    const { status, body } = await ask().catch((error: unknown) => {
      // An instance that stopped at this moment. With a new assertion it may be asked again: at worst a
      // token was made that nobody uses.
      if (error instanceof UpstreamError && error.reason === 'unreachable') return ask();
      throw error;
    });
    const answer = answerSchema.safeParse(body);
    if (status === 200 && answer.success) {
      const { access_token: token, expires_in: seconds } = answer.data;
      kept.set(auth, { token, untilMs: Date.now() + seconds * 1000 - MARGIN_MS });
      return token;
    }
    const refusal = refusalSchema.safeParse(body);
    if (status === 400 && refusal.success) throw new ExchangeRefused(refusal.data.error);
    throw new UpstreamError('auth-service', 'invalid', new Error(`status ${status}`));
  };
}

/** RFC 7523 §3: who the client is, for this server, once, for a minute. */
async function signAssertion({ issuer, clientId, clientKey }: TokenExchangeOptions) {
  const { alg, kid } = clientKey;
  return new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg, ...(typeof kid === 'string' ? { kid } : {}) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(await importJWK(clientKey as JWK, alg));
}

import { TokenError, type VerifiedToken, type Verifier } from '@latchkey/jwt-verify';
import type { z } from 'zod';
import type { RequestContext } from '../http/request-context.ts';
import { UpstreamError } from '../http/upstream-error.ts';
import { type Answer, type CallOptions, createServiceClient } from './service-client.ts';
import { ExchangeRefused, type ExchangeToken } from './token-exchange.ts';

/** A service that is asked on a person's behalf, and the scope that it takes. */
export interface Call {
  service: string;
  scope: string;
}

/** On whose behalf, and as a part of which request: a route's input has both. */
export interface Asker {
  auth: VerifiedToken;
  context: RequestContext;
}

export interface CalledService {
  /**
   * Reads what a path answers; undefined for 404.
   *
   * @param schema what is needed of the answer; anything else in it may change
   * @throws UpstreamError, which becomes 503, when it does not answer, or not in its own terms; TokenError
   *   `scope_insufficient` when the person's token does not open it, `authentication_insufficient` when a
   *   more recent or stronger sign-in would
   */
  get<S extends z.ZodType>(asker: Asker, path: string, schema: S): Promise<z.output<S> | undefined>;
  /** As `get`, but sends JSON. It may have arrived although no answer came. */
  post<S extends z.ZodType>(
    asker: Asker,
    path: string,
    json: object,
    schema: S,
  ): Promise<z.output<S> | undefined>;
  close(): void;
}

export interface CallServiceOptions extends Call {
  baseUrl: string;
  timeoutMs?: number;
  challenge: Verifier['challenge'];
  /** Absent where tokens cannot be exchanged: the person's own is passed on then. */
  exchangeToken?: ExchangeToken | undefined;
}

export function callService(options: CallServiceOptions): CalledService {
  const { service, scope, challenge, exchangeToken } = options;
  const client = createServiceClient(options);

  const tokenFor = async ({ auth, context }: Asker): Promise<string> => {
    try {
      return exchangeToken ? await exchangeToken(auth, context) : auth.token;
    } catch (cause) {
      if (!(cause instanceof ExchangeRefused)) throw cause;
      throw cause.error === 'invalid_scope'
        ? new TokenError('scope_insufficient', { challenge, scope, cause })
        : new TokenError('token_revoked', { challenge, cause });
    }
  };

  const ask = async <S extends z.ZodType>(
    asker: Asker,
    path: string,
    schema: S,
    sent: Pick<CallOptions, 'method' | 'json'> = {},
  ): Promise<z.output<S> | undefined> => {
    const token = await tokenFor(asker);
    const answer = await client.call(path, { ...sent, token, context: asker.context });
    const { status, body } = answer;
    if (status === 404) return undefined;
    const signIn = neededSignIn(answer);
    if (signIn)
      throw new TokenError('authentication_insufficient', { challenge, scope, ...signIn });
    if (status === 401 || status === 403) {
      throw new TokenError('scope_insufficient', { challenge, scope });
    }
    const parsed = schema.safeParse(body);
    if ((status === 200 || status === 201) && parsed.success) return parsed.data;
    throw new UpstreamError(service, 'invalid', new Error(`unexpected answer, status ${status}`));
  };

  return {
    get: (asker, path, schema) => ask(asker, path, schema),
    post: (asker, path, json, schema) => ask(asker, path, schema, { method: 'POST', json }),
    close: client.close,
  };
}

/** Of a step-up challenge (RFC 9470 §3), which the caller's client is to answer: it has the person. */
function neededSignIn({ status, challenge = '' }: Answer) {
  if (status !== 401 || !challenge.includes('error="insufficient_user_authentication"')) {
    return undefined;
  }
  const [, maxAge] = /[ ,]max_age="(\d{1,9})"/.exec(challenge) ?? [];
  const [, acrValues] = /[ ,]acr_values="([^"]+)"/.exec(challenge) ?? [];
  return {
    ...(maxAge === undefined ? {} : { maxAuthAgeSeconds: Number(maxAge) }),
    ...(acrValues === undefined ? {} : { acrValues }),
  };
}

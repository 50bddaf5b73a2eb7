import { isStorable } from '@latchkey/service-kit/http/schemas';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { ACR_VALUES, type Acr } from '../access/assurance.ts';
import type { Client } from '../clients/client-repository.ts';
import { OAuthProblem } from '../errors.ts';
import { readParameters, type TokenParameters } from '../tokens/token-request.ts';
import {
  type AnswerTarget,
  AuthorizationError,
  type AuthorizationErrorCode,
} from './authorization-error.ts';

const PROMPTS = ['none', 'login', 'consent'] as const;
export type Prompt = (typeof PROMPTS)[number];
export const PROMPT_VALUES: readonly Prompt[] = PROMPTS;

/** What a client asks for, checked as far as it can be before anyone signs in. */
export interface AuthorizationRequest extends AnswerTarget {
  client: Client;
  /** `scope` and `resource` are read from here, as at the token endpoint. */
  parameters: TokenParameters;
  codeChallenge: string;
  nonce: string | undefined;
  prompt: Prompt | undefined;
  maxAgeSeconds: number | undefined;
  /** The weakest sign-in that will do. */
  acr: Acr | undefined;
  loginHint: string | undefined;
  /** Whom `id_token_hint` names. */
  hintedUsername: string | undefined;
  uiLocales: string | undefined;
  /** Brings the request along to the pages. */
  query: string;
  /** Equal for equal requests. */
  hash: Uint8Array<ArrayBuffer>;
  /** Of a pushed request. */
  pushedHash: Uint8Array<ArrayBuffer> | undefined;
}

/** All that is looked at, kept and brought along. */
const PARAMETERS = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'resource'],
  ...['code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'acr_values'],
  ...['login_hint', 'id_token_hint', 'ui_locales', 'response_mode', 'request'],
];
/** Together in an address, which servers and proxies bound as a whole. */
const MAX_QUERY_LENGTH = 6_000;

export type RawParameters = Record<string, string | string[]>;

/** The parameters of these names; any other is ignored (RFC 6749 §3.1). */
export const only = (raw: object, names: readonly string[]): RawParameters =>
  Object.fromEntries(Object.entries(raw).filter(([name]) => names.includes(name)));

/** What is known of a raw request; an empty value counts as none. */
export const knownParameters = (raw: object): RawParameters =>
  Object.fromEntries(Object.entries(only(raw, PARAMETERS)).filter(([, value]) => value !== ''));

/** As an address says them. */
export function queryOf(parameters: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) query.append(name, String(one));
  }
  return String(query);
}

/**
 * Checks a request whose client and redirect URI are known to be good.
 *
 * @throws AuthorizationError
 */
export function readAuthorizationRequest(
  raw: RawParameters,
  client: Client,
  redirectUri: string,
): Omit<AuthorizationRequest, 'pushedHash' | 'hintedUsername'> {
  const target = { redirectUri, state: stateOf(raw) };
  const refuse = (code: AuthorizationErrorCode, description: string): never => {
    throw new AuthorizationError(target, code, description);
  };
  const parameters = orRefuse(target, () => readParameters(raw));
  const read = (name: string) => orRefuse(target, () => parameters.get(name));

  const query = queryOf(raw);
  if (query.length > MAX_QUERY_LENGTH) refuse('invalid_request', 'The request is too long.');
  for (const name of Object.keys(raw)) {
    const values = orRefuse(target, () => parameters.all(name));
    if (!values.every(isStorable)) refuse('invalid_request', `${name} must be well-formed text.`);
  }
  if (read('request') !== undefined) refuse('request_not_supported', 'Use /par instead.');
  if (!client.grantTypes.includes('authorization_code')) {
    refuse('unauthorized_client', 'The client is not registered for authorization_code.');
  }
  const responseType = read('response_type');
  if (responseType === undefined) refuse('invalid_request', 'response_type is missing.');
  if (responseType !== 'code') refuse('unsupported_response_type', 'response_type must be code.');
  if ((read('response_mode') ?? 'query') !== 'query') {
    refuse('invalid_request', 'response_mode must be query.');
  }
  const codeChallenge = read('code_challenge') ?? '';
  if (!/^[\w-]{43}$/.test(codeChallenge) || read('code_challenge_method') !== 'S256') {
    refuse('invalid_request', 'PKCE with code_challenge_method S256 is required (RFC 7636).');
  }
  const prompt = read('prompt');
  if (prompt !== undefined && !isPrompt(prompt)) {
    refuse('invalid_request', 'prompt must be one of none, login and consent.');
  }
  const maxAge = read('max_age');
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) {
    refuse('invalid_request', 'max_age must be a number of seconds.');
  }
  // Values that are not known here are voluntary (OpenID Connect Core §3.1.2.1).
  const acrValues = read('acr_values')?.split(' ') ?? [];
  const acr = ACR_VALUES.find((value) => acrValues.includes(value));
  orRefuse(target, () => parameters.scopes);
  return {
    ...target,
    client,
    parameters,
    codeChallenge,
    nonce: read('nonce'),
    prompt: prompt as Prompt | undefined,
    maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
    acr,
    loginHint: read('login_hint'),
    uiLocales: read('ui_locales'),
    query,
    hash: hashOf(query),
  };
}

const isPrompt = (text: string): text is Prompt => (PROMPTS as readonly string[]).includes(text);

/** For the answer; one that is repeated or too long is not repeated there. */
function stateOf({ state }: RawParameters): string | undefined {
  try {
    return readParameters({ ...(state === undefined ? {} : { state }) }).get('state');
  } catch {
    return undefined;
  }
}

/** What the token endpoint answers as JSON goes to the client by redirect here. */
export function orRefuse<T>(target: AnswerTarget, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OAuthProblem)) throw error;
    throw new AuthorizationError(target, error.code as AuthorizationErrorCode, error.detail);
  }
}

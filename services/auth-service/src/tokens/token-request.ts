import type { Caller } from '../caller.ts';
import type { ClientCredentials } from '../clients/presented-credentials.ts';
import { OAuthProblem } from '../errors.ts';

/** What reaches `/token`, `/revoke` and `/introspect`. */
export interface TokenRequest {
  /** The parsed body, not checked yet. */
  form: unknown;
  /** The `Authorization` header. */
  authorization: string | undefined;
  caller: Caller;
}

/** Named by RFC 8707 §2 and RFC 8693 §2.1 as the ones that may come more than once. */
const REPEATABLE = new Set(['resource', 'audience']);

/**
 * The longest that a parameter may be, checked when it is read. Passwords and tokens are bounded
 * where they are used, each with its own error.
 */
const MAX_LENGTH = 256;
const MAX_LENGTHS: Readonly<Record<string, number>> = {
  client_secret: 1_024,
  redirect_uri: 1_024,
  resource: 2_048,
  state: 2_048,
  scope: 4_096,
  client_assertion: 8_192,
  credential: 16_384,
  id: 1_364,
  id_token_hint: 8_192,
  post_logout_redirect_uri: 1_024,
  ...Object.fromEntries(
    ['password', 'refresh_token', 'subject_token', 'actor_token', 'token'].map((name) => [
      name,
      Number.POSITIVE_INFINITY,
    ]),
  ),
};

/** The parameters of a request, each once; one without a value counts as absent (RFC 6749 §3.2). */
export class TokenParameters {
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws OAuthProblem `invalid_request` for a repeated parameter */
  constructor(form: unknown) {
    this.#values = Object.fromEntries(Object.entries((form as object | undefined) ?? {}));
    for (const [name, value] of Object.entries(this.#values)) {
      if (typeof value === 'string' || REPEATABLE.has(name)) continue;
      throw invalid(`${printable(name)} must be given once.`);
    }
  }

  /** @throws OAuthProblem `invalid_request` when it is too long */
  get(name: string): string | undefined {
    return this.all(name)[0];
  }

  /** @throws OAuthProblem `invalid_request` when it is missing or too long */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw invalid(`${name} is missing.`);
    return value;
  }

  /** @throws OAuthProblem `invalid_request` when one is too long */
  all(name: string): string[] {
    const values = [this.#values[name]].flat().filter((value) => typeof value === 'string');
    if (values.some(({ length }) => length > (MAX_LENGTHS[name] ?? MAX_LENGTH))) {
      throw invalid(`${name} is too long.`);
    }
    return values.filter((value) => value !== '');
  }

  /** The requested scopes, each once; undefined when the request names none. */
  get scopes(): string[] | undefined {
    const text = this.get('scope')?.trim();
    if (!text) return undefined;
    if (!/^[\x21\x23-\x5B\x5D-\x7E]+( +[\x21\x23-\x5B\x5D-\x7E]+)*$/.test(text)) {
      throw new OAuthProblem('invalid_scope', {
        detail: 'scope must be names with spaces between.',
      });
    }
    return [...new Set(text.split(/ +/))];
  }

  /** Neither scopes nor services: what the client may have is granted, whatever that will be. */
  get namesNothing(): boolean {
    return this.scopes === undefined && this.all('resource').length === 0;
  }

  /** Equal for equal requests. */
  get fingerprint(): string {
    const names = ['grant_type', 'client_id', 'scope', 'resource'];
    return JSON.stringify(names.map((name) => this.all(name)));
  }
}

/** @throws OAuthProblem `invalid_request` for a repeated parameter */
export const readParameters = (form: unknown): TokenParameters => new TokenParameters(form);

/** What the request says about which client sent it. */
export const credentialsOf = (
  parameters: TokenParameters,
  { authorization, caller }: Pick<TokenRequest, 'authorization' | 'caller'>,
): ClientCredentials => ({
  authorization,
  caller,
  clientId: parameters.get('client_id'),
  clientSecret: parameters.get('client_secret'),
  assertionType: parameters.get('client_assertion_type'),
  assertion: parameters.get('client_assertion'),
});

export const invalid = (detail: string) => new OAuthProblem('invalid_request', { detail });

const printable = (name: string) => (/^\w{1,64}$/.test(name) ? name : 'A parameter');

import { OAuthProblem } from '../errors.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Named by RFC 8707 §2 and RFC 8693 §2.1 as the ones that may come more than once. */
const REPEATABLE = new Set(['resource', 'audience']);

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

  get(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** @throws OAuthProblem `invalid_request` when it is missing */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw invalid(`${name} is missing.`);
    return value;
  }

  all(name: string): string[] {
    const value = this.#values[name];
    return [value].flat().filter((item) => typeof item === 'string' && item !== '') as string[];
  }

  /** The scopes asked for, each once; undefined for "whatever I may have". */
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

  /** The same for equal requests; does not tell the values. */
  get fingerprint(): string {
    const names = ['grant_type', 'client_id', 'scope', 'resource'];
    return JSON.stringify(names.map((name) => this.all(name)));
  }
}

export const invalid = (detail: string) => new OAuthProblem('invalid_request', { detail });

const printable = (name: string) => (/^\w{1,64}$/.test(name) ? name : 'A parameter');

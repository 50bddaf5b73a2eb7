import { randomUUID } from 'node:crypto';
import { type Part, signCompact } from './compact.ts';
import type { Issuer } from './issuer.ts';
import { type SigningKey, secretKey } from './signing-key.ts';

export const PROFILES = ['standard', 'minimal', 'mcp'] as const;
/**
 * `standard`: RFC 9068, signed with the issuer's key. `minimal`: just `sub`, `id` and `exp` under a
 * shared secret. `mcp`: the tokens of `standard`, at an MCP server.
 */
export type Profile = (typeof PROFILES)[number];

/** Those whose tokens the issuer's key signs. */
export const SIGNED: readonly Profile[] = ['standard', 'mcp'];
/** Those of services with an API document. */
export const DOCUMENTED: readonly Profile[] = ['standard', 'minimal'];

const LIFETIME_SECONDS = 1_200;

export interface Person {
  readonly sub: string;
  readonly id: number;
}

export const ADA: Person = { sub: 'conformance-ada', id: 910_001 };
export const BEN: Person = { sub: 'conformance-ben', id: 910_002 };

export interface TokenOptions {
  readonly person?: Person;
  /** Separated by spaces. Default: every scope of the service. */
  readonly scope?: string;
  /** Over the good ones; undefined leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Default: the issuer's. */
  readonly key?: SigningKey;
}

export interface TokenSettings {
  readonly profile: Profile;
  readonly issuer: Issuer;
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Of the minimal profile. */
  readonly secret: string;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Tokens that a service must accept, and the means to make those that it must not. */
export class Tokens {
  readonly profile: Profile;
  readonly issuer: Issuer;
  readonly audience: string;
  readonly #scopes: readonly string[];
  readonly #secret: SigningKey;
  readonly #otherSecret = secretKey(randomUUID() + randomUUID());

  constructor({ profile, issuer, audience, scopes, secret }: TokenSettings) {
    this.profile = profile;
    this.issuer = issuer;
    this.audience = audience;
    this.#scopes = scopes;
    this.#secret = secretKey(secret);
  }

  get key(): SigningKey {
    return this.profile === 'minimal' ? this.#secret : this.issuer.key;
  }

  /** A key of the same kind that the service does not trust. */
  get strangersKey(): SigningKey {
    return this.profile === 'minimal' ? this.#otherSecret : this.issuer.stranger;
  }

  header(key = this.key): Record<string, unknown> {
    return this.profile === 'minimal'
      ? { alg: 'HS256', typ: 'JWT' }
      : { alg: key.algorithm, typ: 'at+jwt', kid: key.kid };
  }

  claims({ sub, id }: Person = ADA, scope = this.#scopes.join(' ')): Record<string, unknown> {
    const iat = nowSeconds();
    const exp = iat + LIFETIME_SECONDS;
    if (this.profile === 'minimal') return { sub, id, exp };
    return {
      iss: this.issuer.url,
      aud: [this.audience],
      sub,
      id,
      client_id: 'conformance',
      scope,
      roles: ['user'],
      // For routes that ask how recent and how strong a sign-in was (RFC 9470).
      auth_time: iat,
      acr: 'aal2',
      amr: ['pwd', 'otp', 'mfa'],
      jti: randomUUID(),
      iat,
      exp,
      status: this.issuer.statusLists.next(),
    };
  }

  /** A good token, unless options change it. */
  mint({ person, scope, claims, header, key = this.key }: TokenOptions = {}): string {
    return this.sign(
      { ...this.header(key), ...header },
      { ...this.claims(person, scope), ...claims },
      key,
    );
  }

  /** Sign with the trusted key, whatever stands in it. */
  sign(header: Part, payload: Part, key = this.key): string {
    return signCompact(key, header, payload);
  }
}

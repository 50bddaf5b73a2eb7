import { nowSeconds, SIGNED, type Tokens } from '../issuer/tokens.ts';
import type { HostileToken } from './hostile-token.ts';

const HOUR_SECONDS = 3_600;

const claim = (
  id: string,
  title: string,
  rfc: string,
  claims: (tokens: Tokens) => Record<string, unknown>,
  more: Partial<HostileToken> = {},
): HostileToken => ({
  id,
  title,
  rfc,
  make: (tokens) => tokens.mint({ claims: claims(tokens) }),
  ...more,
});

const typ = (id: string, title: string, value: string | undefined): HostileToken => ({
  id,
  title,
  rfc: 'RFC 9068 §4',
  profiles: SIGNED,
  make: (tokens) => tokens.mint({ header: { typ: value } }),
});

/** Tokens with a good signature that are not for this service, not now, or no access tokens. */
export const HOSTILE_CLAIMS: readonly HostileToken[] = [
  typ('typ-missing', 'no typ', undefined),
  typ('typ-jwt', 'typ JWT, as an ID token has', 'JWT'),
  typ('typ-other', 'typ logout+jwt', 'logout+jwt'),
  claim('iss-missing', 'no iss', 'RFC 9068 §4', () => ({ iss: undefined }), { profiles: SIGNED }),
  claim('iss-foreign', "another issuer's iss", 'RFC 9068 §4', () => ({
    iss: 'https://evil.example',
  })),
  claim('iss-longer', 'an iss that begins with the right one', 'RFC 7519 §4.1.1', ({ issuer }) => ({
    iss: `${issuer.url}.evil.example`,
  })),
  claim('iss-slash', 'an iss with a slash more', 'RFC 7519 §4.1.1', ({ issuer }) => ({
    iss: `${issuer.url}/`,
  })),
  claim('aud-missing', 'no aud', 'RFC 9068 §4', () => ({ aud: undefined }), { profiles: SIGNED }),
  claim('aud-foreign', "another service's aud", 'RFC 7519 §4.1.3', () => ({
    aud: 'another-service',
  })),
  claim('aud-list-without', 'a list of other audiences', 'RFC 7519 §4.1.3', () => ({
    aud: ['another-service', 'a-third'],
  })),
  claim('aud-longer', 'an aud that begins with the right one', 'RFC 7519 §4.1.3', (tokens) => ({
    aud: [`${tokens.audience}-admin`],
  })),
  claim('aud-words', 'an aud in which the right one is a word', 'RFC 7519 §4.1.3', (tokens) => ({
    aud: `x ${tokens.audience} y`,
  })),
  claim('aud-empty', 'an empty list of audiences', 'RFC 7519 §4.1.3', () => ({ aud: [] })),
  claim('exp-past', 'an exp an hour ago', 'RFC 7519 §4.1.4', () => ({
    exp: nowSeconds() - HOUR_SECONDS,
  })),
  claim('exp-past-leeway', 'an exp two minutes ago', 'RFC 7519 §4.1.4', () => ({
    exp: nowSeconds() - 120,
  })),
  claim('exp-missing', 'no exp', 'RFC 9068 §2.2', () => ({ exp: undefined })),
  claim('exp-null', 'exp null', 'RFC 7519 §4.1.4', () => ({ exp: null })),
  claim('exp-text', 'an exp that is text', 'RFC 7519 §4.1.4', () => ({
    exp: String(nowSeconds() + HOUR_SECONDS),
  })),
  {
    id: 'exp-infinite',
    title: 'an exp beyond every number',
    rfc: 'RFC 7519 §2',
    make: (tokens) =>
      tokens.sign(
        tokens.header(),
        JSON.stringify(tokens.claims()).replace(/"exp":\d+/, '"exp":1e999'),
      ),
  },
  claim('nbf-future', 'an nbf in an hour', 'RFC 7519 §4.1.5', () => ({
    nbf: nowSeconds() + HOUR_SECONDS,
  })),
  claim('nbf-text', 'an nbf that is text', 'RFC 7519 §4.1.5', () => ({
    nbf: String(nowSeconds() - HOUR_SECONDS),
  })),
  claim('iat-text', 'an iat that is text', 'RFC 7519 §4.1.6', () => ({ iat: 'now' })),
  claim('sub-missing', 'no sub', 'RFC 9068 §2.2', () => ({ sub: undefined })),
  claim('sub-empty', 'an empty sub', 'RFC 9068 §2.2', () => ({ sub: '' })),
  claim('sub-number', 'a sub that is a number', 'RFC 7519 §4.1.2', () => ({ sub: 910_001 })),
];

import {
  asAdaWhen,
  authorizationOf,
  claimsOf,
  type Mutant,
  mutant,
  refusal,
  reply,
  tokenAlsoFrom,
  withHeader,
  withoutHeader,
} from './mutation.ts';
import { ADA } from './service.ts';

const bearsToken = (given: Parameters<typeof authorizationOf>[0]) =>
  authorizationOf(given).includes('.');
const SCOPES = ['scope.missing', 'scope.absent', 'scope.whole-words', 'scope.role-is-none'];
const ROWS = ['rows.foreign-equals-absent', 'rows.owner-keeps', 'rows.lists-are-own'];

/** Faults in how a token is found, and in how its absence is answered. */
export const CREDENTIAL_MUTANTS: readonly Mutant[] = [
  mutant(
    'refuses every token',
    [
      ...['token.good', 'token.good-spelled-otherwise', 'credentials.scheme-in-any-case'],
      ...[...SCOPES, 'answer.not-found', 'answer.method-not-allowed'],
      ...[
        'body.malformed',
        'body.not-an-object',
        'body.content-type',
        'body.too-large',
        'body.deep',
      ],
    ],
    { verifier: { requiredClaims: ['nowhere'] } },
  ),
  mutant('accepts one audience only in a list', 'token.good-spelled-otherwise', {
    before: (given) => (typeof claimsOf(given).aud === 'string' ? refusal : undefined),
  }),
  mutant(
    'lets in without credentials',
    [
      'credentials.none',
      'credentials.identity-headers',
      'credentials.in-cookie',
      'credentials.in-query',
      'challenge.no-credentials',
    ],
    asAdaWhen(
      (given) => given.message.headers.authorization === undefined && given.method === 'GET',
    ),
  ),
  mutant(
    'believes X-User',
    'credentials.identity-headers',
    asAdaWhen((given) => !bearsToken(given) && given.message.headers['x-user'] !== undefined),
  ),
  mutant('believes X-Forwarded-User beside a token', ROWS, {
    before: (given, service) =>
      given.message.headers['x-forwarded-user'] !== undefined && bearsToken(given)
        ? service.serveAs(given, ADA)
        : undefined,
  }),
  mutant(
    'takes any scheme',
    'credentials.other-scheme',
    tokenAlsoFrom((given) => /^(?:Token|JWT) (.*)$/.exec(authorizationOf(given))?.[1]),
  ),
  mutant(
    'takes a token without a scheme',
    'credentials.no-scheme',
    tokenAlsoFrom((given) =>
      authorizationOf(given).startsWith('ey') ? authorizationOf(given) : null,
    ),
  ),
  mutant(
    'lets in with an empty token',
    'credentials.empty',
    asAdaWhen((given) => /^Bearer\s*\.?$/.test(authorizationOf(given))),
  ),
  mutant('reads the scheme in one case alone', 'credentials.scheme-in-any-case', {
    before: (given) => (/^(bearer|BEARER) /.test(authorizationOf(given)) ? reply(401) : undefined),
  }),
  mutant(
    'takes the first of two headers',
    'credentials.two-headers',
    tokenAlsoFrom(({ message }) => {
      const lines = message.headersDistinct.authorization ?? [];
      return lines.length > 1 ? lines[0]?.replace('Bearer ', '') : null;
    }),
  ),
  mutant(
    'takes a token from the query',
    ['credentials.in-query', 'credentials.in-query-too'],
    tokenAlsoFrom(({ query }) => query.get('access_token')),
  ),
  mutant(
    'takes a token from a cookie',
    'credentials.in-cookie',
    tokenAlsoFrom(({ message }) => /jwt=([^;]+)/.exec(message.headers.cookie ?? '')?.[1]),
  ),
  mutant(
    'takes a token from a form',
    'credentials.in-body',
    tokenAlsoFrom(({ body }) =>
      body.startsWith('access_token=') ? new URLSearchParams(body).get('access_token') : null,
    ),
  ),
  mutant(
    'has a bare challenge',
    ['challenge.no-credentials', 'challenge.invalid-token', 'challenge.insufficient-scope'],
    withHeader('www-authenticate', () => 'Bearer'),
  ),
  mutant(
    'has no challenge',
    ['challenge.no-credentials', 'challenge.invalid-token', 'challenge.insufficient-scope'],
    withoutHeader('www-authenticate'),
  ),
  mutant(
    'names an error where no credentials came',
    'challenge.no-credentials',
    withHeader('www-authenticate', (header) =>
      header.includes('error') ? header : `${header}, error="invalid_token"`,
    ),
  ),
  mutant(
    'repeats a parameter',
    'challenge.well-formed',
    withHeader('www-authenticate', (header) => `${header}, realm="again"`),
  ),
  mutant(
    'names no scope',
    'challenge.insufficient-scope',
    withHeader('www-authenticate', (header) => header.replace(/, scope=.*/, '')),
  ),
];

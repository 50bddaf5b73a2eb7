import { type BearerChallenge, bearerChallengeOf } from '../http/challenge.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { type Check, type Failure, failure, forEach } from './check.ts';
import { HOSTILE_TOKENS } from './tokens.ts';

// RFC 6750 §3: no quotes, backslashes or controls.
const DESCRIPTION = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** What is wrong with the challenge of a refusal, or of several. */
const faultOf = (
  exchange: Exchange,
  expected: string,
  fits: (challenge: BearerChallenge) => boolean,
): Failure[] => {
  const header = headerOf(exchange.answer, 'www-authenticate');
  const challenge = bearerChallengeOf(header);
  if (challenge !== undefined && fits(challenge)) return [];
  const actual = `${exchange.answer.status}, WWW-Authenticate: ${header === '' ? '(none)' : header}`;
  return [failure(exchange, expected, actual)];
};

const errorOf = ({ parameters }: BearerChallenge) => parameters.get('error');

export const CHALLENGE_CHECKS: readonly Check[] = [
  {
    id: 'challenge.no-credentials',
    title: 'Without a token the challenge has a realm and no error code',
    rfc: 'RFC 6750 §3, §3.1',
    severity: 'must',
    run: (context) =>
      forEach(context.guarded, async (operation) =>
        faultOf(
          await context.call(operation),
          'WWW-Authenticate: Bearer realm="…", without error',
          (challenge) => challenge.parameters.has('realm') && errorOf(challenge) === undefined,
        ),
      ),
  },
  {
    id: 'challenge.invalid-token',
    title: 'A refused token is answered with the challenge error="invalid_token"',
    rfc: 'RFC 6750 §3.1',
    severity: 'must',
    run: (context) =>
      forEach(
        HOSTILE_TOKENS.filter(
          ({ profiles, severity }) =>
            severity === undefined && (profiles?.includes(context.tokens.profile) ?? true),
        ),
        async (hostile) => {
          const token = hostile.make(context.tokens);
          const exchange = await context.call(context.anyGuarded, { token });
          // That it is let in is what another check says.
          if (exchange.answer.status !== 401) return [];
          return faultOf(
            { ...exchange, where: `${exchange.where}, ${hostile.title}` },
            'WWW-Authenticate: Bearer realm="…", error="invalid_token"',
            (challenge) =>
              challenge.parameters.has('realm') && errorOf(challenge) === 'invalid_token',
          );
        },
      ),
  },
  {
    id: 'challenge.well-formed',
    title: 'No parameter of a challenge repeats, and each keeps to its characters',
    rfc: 'RFC 6750 §3',
    severity: 'must',
    run: async (context) => {
      const operation = context.anyGuarded;
      const { tokens } = context;
      const hostile = tokens.mint({ claims: { iss: '"\\\u007f', aud: '", error="x' } });
      const tokensToTry = [undefined, 'not-a-token', tokens.mint({ claims: { exp: 1 } }), hostile];
      return forEach(tokensToTry, async (token) => {
        const exchange = await context.call(operation, { token });
        if (headerOf(exchange.answer, 'www-authenticate') === '') return [];
        return faultOf(exchange, 'each parameter once, in its characters', (challenge) => {
          const { parameters, repeated } = challenge;
          const description = parameters.get('error_description') ?? '';
          return repeated.length === 0 && DESCRIPTION.test(description);
        });
      });
    },
  },
  {
    id: 'challenge.insufficient-scope',
    title: 'Too little scope is answered with error="insufficient_scope" and the scope needed',
    rfc: 'RFC 6750 §3.1',
    severity: 'must',
    profiles: ['standard'],
    run: (context) =>
      forEach(
        context.guarded.filter(({ scopes = [] }) => scopes.length > 0),
        async (operation) => {
          const token = context.tokens.mint({ scope: '' });
          const exchange = await context.call(operation, { token });
          if (exchange.answer.status !== 403) return [];
          const { scopes = [] } = operation;
          return faultOf(
            exchange,
            `WWW-Authenticate: Bearer …, error="insufficient_scope", scope="${scopes.join(' ')}"`,
            (challenge) => {
              const named = challenge.parameters.get('scope')?.split(' ') ?? [];
              const isNamed = scopes.every((scope) => named.includes(scope));
              return errorOf(challenge) === 'insufficient_scope' && isNamed;
            },
          );
        },
      ),
  },
];

import {
  after,
  type Mutant,
  mutant,
  replyWhen,
  tokenIn,
  withHeader,
  withoutHeader,
} from './mutation.ts';

const isJson = (type: string | undefined) => type === 'application/json';

/** Faults in what is made of a body, and in how a refusal is written. */
export const ANSWER_MUTANTS: readonly Mutant[] = [
  mutant(
    'breaks on malformed JSON',
    ['body.malformed', 'answer.problem'],
    replyWhen(500, ({ body }) => body === '{"a":'),
  ),
  mutant(
    'takes any JSON for an object',
    'body.not-an-object',
    replyWhen(
      201,
      ({ body, message }) => /^(null|1|"a")$/.test(body) && isJson(message.headers['content-type']),
    ),
  ),
  mutant('reads any content type', 'body.content-type', {
    before: (given, service) => {
      const isText = given.message.headers['content-type'] === 'application/xml';
      if (isText) given.message.headers['content-type'] = 'application/json';
      return isText ? service.answer(given) : undefined;
    },
  }),
  mutant(
    'bounds no body',
    'body.too-large',
    replyWhen(201, ({ isTooLarge, body }) => isTooLarge && body.startsWith('{"a":"x')),
  ),
  mutant(
    'breaks on deep nesting',
    'body.deep',
    replyWhen(500, ({ body }) => body.includes('[[[[')),
  ),
  mutant(
    'breaks on NUL in a member',
    'body.odd-values',
    replyWhen(500, ({ body }) => body.includes('a\\u0000b')),
  ),
  mutant(
    'breaks on __proto__',
    'body.odd-members',
    replyWhen(500, ({ body }) => body.includes('"__proto__":')),
  ),
  mutant(
    'breaks on a number in a path that is none',
    'path.odd-values',
    replyWhen(500, ({ path }) => path.includes('NaN')),
  ),
  mutant(
    'breaks on a negative limit',
    'query.odd-values',
    replyWhen(500, ({ query }) => query.get('limit') === '-1'),
  ),
  mutant(
    'refuses in plain text',
    'answer.problem',
    withHeader('content-type', (type) => type.replace('application/problem+json', 'text/plain')),
  ),
  mutant(
    'refuses without a code',
    'answer.problem',
    after((given) => {
      if (given.status < 400) return given;
      const { code: _, ...body } = given.body as Record<string, unknown>;
      return { ...given, body };
    }),
  ),
  mutant(
    'shows its stack',
    'answer.no-internals',
    after((given) => {
      if (given.status !== 400) return given;
      const stack = 'Error: x\n    at parse (/app/src/main.ts:10:5)';
      return { ...given, body: { ...(given.body as object), stack } };
    }),
  ),
  mutant(
    'repeats the token',
    'answer.no-internals',
    after((given, request) =>
      given.status === 401
        ? { ...given, body: { ...(given.body as object), token: tokenIn(request) } }
        : given,
    ),
  ),
  mutant(
    'lets caches keep rows',
    'answer.no-store',
    withHeader('cache-control', (_, { message }) =>
      message.method === 'GET' ? 'private, max-age=60' : 'no-store',
    ),
  ),
  mutant('says no nosniff', 'answer.nosniff', withoutHeader('x-content-type-options')),
  mutant(
    'answers every path',
    'answer.not-found',
    replyWhen(200, ({ path }) => path.endsWith('/no/such/path')),
  ),
  mutant(
    'knows no 405',
    'answer.method-not-allowed',
    after((given) => (given.status === 405 ? { ...given, status: 404 } : given)),
  ),
  mutant(
    'says not what is allowed',
    'answer.method-not-allowed',
    withHeader('allow', (_, { path }) => (path === '/notes' ? 'GET' : undefined)),
  ),
  mutant('drops the request id', 'answer.request-id', withoutHeader('x-request-id')),
  mutant(
    'refuses a malformed trace',
    'answer.traceparent',
    replyWhen(400, ({ message }) => message.headers.traceparent === '00-'),
  ),
  mutant(
    'lets every origin in with credentials',
    'answer.cors',
    after((given, { message }) => {
      const { origin } = message.headers;
      if (origin === undefined) return given;
      const cors = {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
      };
      return { ...given, headers: { ...given.headers, ...cors } };
    }),
  ),
];

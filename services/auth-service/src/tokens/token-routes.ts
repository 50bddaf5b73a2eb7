import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, type RouteInput, route } from '@latchkey/service-kit/http/route';
import type { z } from 'zod';
import { callerOf } from '../caller.ts';
import { toOAuthProblem } from '../errors.ts';
import type { TokenInspection } from './token-inspection.ts';
import type { TokenOperations } from './token-operations.ts';
import type { TokenRequest } from './token-request.ts';
import {
  introspectionSchema,
  oauthErrorSchema,
  oneTokenForm,
  tokenAnswerSchema,
  tokenForm,
} from './token-schemas.ts';

interface Dependencies {
  tokens: TokenOperations;
  inspection: TokenInspection;
}

export const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };
const error = { description: 'RFC 6749 §5.2.', schema: oauthErrorSchema };

export const tokenRequest = (input: RouteInput<{ form: z.ZodUnknown }>): TokenRequest => ({
  form: input.body,
  authorization: input.req.headers.authorization,
  caller: callerOf(input),
});

export function tokenRoutes({ tokens, inspection }: Dependencies) {
  return [
    route({
      method: 'post',
      path: '/token',
      guard: publicRoute,
      summary: 'Sign in, or exchange what you have for an access token',
      request: { form: tokenForm },
      responses: {
        200: { description: 'The token.', schema: tokenAnswerSchema },
        400: error,
        401: {
          ...error,
          description: 'Wrong username or password, or a client that is not known.',
        },
        429: { ...error, description: 'Too many attempts; see `Retry-After`.' },
        503: { ...error, description: 'Too many logins at once; see `Retry-After`.' },
      },
      mapProblem: toOAuthProblem,
      handle: async (input) => ok(await tokens.issue(tokenRequest(input)), NO_STORE),
    }),
    route({
      method: 'post',
      path: '/revoke',
      guard: publicRoute,
      summary: 'Revoke a token (RFC 7009)',
      request: { form: oneTokenForm },
      responses: {
        200: { description: 'It is not valid any more, if it ever was.' },
        400: error,
        401: error,
      },
      mapProblem: toOAuthProblem,
      async handle(input) {
        await inspection.revoke(tokenRequest(input));
        return { status: 200, headers: NO_STORE };
      },
    }),
    route({
      method: 'post',
      path: '/introspect',
      guard: publicRoute,
      summary: 'Ask about a token (RFC 7662); for services',
      request: { form: oneTokenForm },
      responses: {
        200: { description: 'What there is to say.', schema: introspectionSchema },
        400: error,
        401: error,
      },
      mapProblem: toOAuthProblem,
      handle: async (input) => ok(await inspection.introspect(tokenRequest(input)), NO_STORE),
    }),
  ];
}

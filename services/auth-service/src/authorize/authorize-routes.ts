import { publicRoute } from '@latchkey/jwt-verify/express';
import { route } from '@latchkey/service-kit/http/route';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { problems, toOAuthProblem } from '../errors.ts';
import type { DefinePage } from '../pages/page-route.ts';
import { NO_STORE, tokenRequest } from '../tokens/token-routes.ts';
import { oauthErrorSchema } from '../tokens/token-schemas.ts';
import { knownParameters, queryOf } from './authorization-request.ts';
import { authorizeForm, pushedAnswerSchema } from './authorize-schemas.ts';
import type { IncomingRequests } from './incoming-request.ts';
import type { GoOn } from './request-steps.ts';

interface Dependencies {
  page: DefinePage;
  requests: IncomingRequests;
  logins: Pick<BrowserLoginOperations, 'find'>;
  goOn: GoOn;
}

/** An address beyond this would be refused before it gets here. */
const MAX_FORM_LENGTH = 8_000;

const error = { description: 'RFC 6749 §5.2.', schema: oauthErrorSchema };

export function authorizeRoutes({ page, requests, logins, goOn }: Dependencies) {
  return [
    page({
      method: 'get',
      path: '/authorize',
      summary: 'Send a person here to sign in (RFC 6749 §3.1, OpenID Connect Core §3.1.2)',
      async handle(visit, { req }) {
        const request = await requests.read(req.query, visit, 'begin');
        return goOn(visit, request, await logins.find(visit.login));
      },
    }),
    page({
      method: 'post',
      path: '/authorize',
      summary: 'The same, the request in a form',
      /** By an address of its own: with the form of another site, browsers send no cookie. */
      handle(visit, { body = {} }) {
        const form = body as Record<string, unknown>;
        const { request_uri } = form;
        const query = queryOf({
          ...knownParameters(form),
          ...(request_uri ? { request_uri } : {}),
        });
        if (query.length > MAX_FORM_LENGTH) {
          throw problems.bad_authorization_request({ detail: 'The request is too long.' });
        }
        return visit.redirect(`/authorize?${query}`);
      },
    }),
    route({
      method: 'post',
      path: '/par',
      guard: publicRoute,
      summary: 'Push an authorization request ahead (RFC 9126)',
      request: { form: authorizeForm },
      responses: {
        201: { description: 'Its `request_uri`, for one use.', schema: pushedAnswerSchema },
        400: error,
        401: error,
        429: { ...error, description: 'Too many of them; see `Retry-After`.' },
      },
      mapProblem: toOAuthProblem,
      handle: async (input) => ({
        status: 201,
        body: await requests.push(tokenRequest(input)),
        headers: NO_STORE,
      }),
    }),
  ];
}

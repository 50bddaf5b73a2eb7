import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { ServiceJson } from '../joining/service-json.ts';
import type { ResponseSpec, Route } from './route.ts';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ in: z.string(), field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details for HTTP APIs (RFC 9457).' });

/** The OpenAPI 3.1 document of a service, written from the same schemas that check its requests. */
export function openApiDocument(service: ServiceJson, routes: readonly Route[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    if (route.hidden) continue;
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.1',
    info: { title: service.name, version: '1', description: service.description ?? '' },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        login: {
          type: 'oauth2',
          flows: { password: { tokenUrl: '/token', scopes: service.scopes } },
        },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { request, guard } = route;
  const body = request?.form ?? request?.body;
  const contentType = request?.form ? 'application/x-www-form-urlencoded' : 'application/json';
  const requestParams = {
    ...(request?.params ? { path: request.params } : {}),
    ...(request?.query ? { query: request.query } : {}),
  };
  return {
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    ...(Object.keys(requestParams).length > 0 ? { requestParams } : {}),
    ...(body
      ? { requestBody: { required: true, content: { [contentType]: { schema: body } } } }
      : {}),
    responses: responsesOf(route),
    security: guard.requirements ? [{ login: [guard.requirements.scope ?? []].flat() }] : [],
  };
}

function responsesOf(route: Route): ZodOpenApiResponsesObject {
  const problem = { 'application/problem+json': { schema: problemSchema } };
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, spec] of Object.entries(route.responses)) {
    responses[status as '200'] = responseOf(spec);
  }
  const also = [
    ...(route.request ? ['400'] : []),
    ...(route.guard.requirements ? ['401', '403', '503'] : []),
  ] as ('400' | '401')[];
  for (const status of also) {
    const description = `${DESCRIPTIONS[status]}${status === '401' ? signInNeeded(route) : ''}`;
    responses[status] ??= { description, content: problem };
  }
  return responses;
}

/** What the route asks of the sign-in behind a token (RFC 9470). */
function signInNeeded({ guard: { requirements = {} } }: Route): string {
  const { maxAuthAgeSeconds, acr } = requirements;
  const needed = [
    ...(maxAuthAgeSeconds ? [`at most ${maxAuthAgeSeconds} s ago`] : []),
    ...(acr ? [`with \`acr\` ${[acr].flat().join(' or ')}`] : []),
  ];
  return needed.length > 0 ? ` The person must have signed in ${needed.join(', ')}.` : '';
}

const DESCRIPTIONS: Record<string, string> = {
  400: 'The request is not valid; `errors` names the fields.',
  401: 'No token, or one that is not accepted.',
  403: 'The token does not allow this.',
  503: 'Trouble on our side; try again after `Retry-After` seconds.',
};

function responseOf({ description, schema, contentType }: ResponseSpec) {
  const problem = contentType === undefined && schema === undefined;
  const type = contentType ?? 'application/json';
  return problem ? { description } : { description, content: { [type]: schema ? { schema } : {} } };
}

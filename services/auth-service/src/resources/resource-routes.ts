import type { TokenGuard } from '@latchkey/jwt-verify/express';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import { noContent, ok, route } from '@latchkey/service-kit/http/route';
import { exactText } from '@latchkey/service-kit/http/schemas';
import { auditContextOf } from '../caller.ts';
import type { ResourceOperations } from './resource-operations.ts';
import {
  resourceBody,
  resourceParams,
  resourceSchema,
  toResource,
  toResourceClient,
} from './resource-schemas.ts';

interface Dependencies {
  resources: ResourceOperations;
  mayAdminister: TokenGuard;
}

export function resourceRoutes({ resources, mayAdminister }: Dependencies) {
  return [
    listRoute({
      path: '/admin/resources',
      guard: mayAdminister,
      summary: 'List the registered resource servers',
      description: 'Services of other repositories, in order of name.',
      id: exactText({ max: 64 }),
      item: resourceSchema,
      toItem: ({ id: _, ...resource }) => resource,
      list: async (_input, page) =>
        (await resources.list(page)).map((resource) => ({ ...resource, id: resource.name })),
    }),
    route({
      method: 'put',
      path: '/admin/resources/:name',
      guard: mayAdminister,
      summary: 'Register a resource server, or change its registration',
      request: { params: resourceParams, body: resourceBody },
      responses: {
        200: { description: 'The resource server.', schema: resourceSchema },
        409: { description: 'Another service, or a person, has what it claims.' },
      },
      async handle(input) {
        const resource = toResource(input.params.name, input.body);
        const client = toResourceClient(input.body);
        return ok(await resources.save(resource, client, auditContextOf(input)));
      },
    }),
    route({
      method: 'delete',
      path: '/admin/resources/:name',
      guard: mayAdminister,
      summary: 'Remove a resource server: the next tokens are without its scopes',
      request: { params: resourceParams },
      responses: {
        204: { description: 'Removed.' },
        404: { description: 'No such resource server.' },
      },
      async handle(input) {
        await resources.remove(input.params.name, auditContextOf(input));
        return noContent;
      },
    }),
  ];
}

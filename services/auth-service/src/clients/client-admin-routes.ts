import type { TokenGuard } from '@latchkey/jwt-verify/express';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import { noContent, ok, route } from '@latchkey/service-kit/http/route';
import { exactText } from '@latchkey/service-kit/http/schemas';
import { auditContextOf } from '../caller.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { ClientAdminOperations } from './client-admin-operations.ts';
import {
  clientAdminSchemas,
  clientParams,
  clientSchema,
  toChange,
  toClientAnswer,
  toRegistration,
  toSecretAnswer,
} from './client-admin-schemas.ts';

interface Dependencies {
  clients: ClientAdminOperations;
  catalog: CurrentCatalog;
  mayAdminister: TokenGuard;
}

const NO_STORE = { 'Cache-Control': 'no-store' };

export function clientAdminRoutes({ clients, catalog, mayAdminister }: Dependencies) {
  const { createBody, changeBody } = clientAdminSchemas(catalog);
  const client = { description: 'The client.', schema: clientSchema };
  const absent = { description: 'No such client.' };
  const builtIn = {
    description: 'It belongs to the system, or its metadata document says this.',
  };

  return [
    listRoute({
      path: '/admin/clients',
      guard: mayAdminister,
      summary: 'List the clients',
      description: 'In order of `client_id`.',
      id: exactText({ max: 256 }),
      item: clientSchema,
      toItem: toClientAnswer,
      list: (_input, page) => clients.list(page),
    }),
    route({
      method: 'post',
      path: '/admin/clients',
      guard: mayAdminister,
      summary: 'Register a client; its secret is in this response only',
      request: { body: createBody },
      responses: {
        201: client,
        409: { description: 'The client_id is taken, or no logout token can be sent.' },
      },
      async handle(input) {
        const made = await clients.create(toRegistration(input.body), auditContextOf(input));
        const Location = `/admin/clients/${made.client.id}`;
        return { status: 201, body: toSecretAnswer(made), headers: { ...NO_STORE, Location } };
      },
    }),
    route({
      method: 'get',
      path: '/admin/clients/:id',
      guard: mayAdminister,
      summary: 'Read a client',
      request: { params: clientParams },
      responses: { 200: client, 404: absent },
      handle: async ({ params }) => ok(toClientAnswer(await clients.read(params.id))),
    }),
    route({
      method: 'patch',
      path: '/admin/clients/:id',
      guard: mayAdminister,
      summary: 'Change a client, disable or enable it',
      request: { params: clientParams, body: changeBody },
      responses: { 200: client, 404: absent, 409: builtIn },
      async handle(input) {
        const { params, body } = input;
        const client = await clients.change(params.id, toChange(body), auditContextOf(input));
        return ok(toClientAnswer(client));
      },
    }),
    route({
      method: 'post',
      path: '/admin/clients/:id/secret',
      guard: mayAdminister,
      summary: "Replace a client's secret; only this response shows the new one",
      request: { params: clientParams },
      responses: { 200: client, 404: absent, 409: { description: 'It uses no secret.' } },
      async handle(input) {
        const made = await clients.rotateSecret(input.params.id, auditContextOf(input));
        return ok(toSecretAnswer(made), NO_STORE);
      },
    }),
    route({
      method: 'delete',
      path: '/admin/clients/:id',
      guard: mayAdminister,
      summary: 'Disable a client; its id is not given out again',
      request: { params: clientParams },
      responses: { 204: { description: 'Disabled.' }, 404: absent, 409: builtIn },
      async handle(input) {
        await clients.change(input.params.id, { disabled: true }, auditContextOf(input));
        return noContent;
      },
    }),
  ];
}

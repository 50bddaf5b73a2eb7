import type { TokenGuard } from '@latchkey/jwt-verify/express';
import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { noContent, ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import type { UserAdminOperations } from '../accounts/user-admin-operations.ts';
import { accountParams } from '../accounts/user-admin-schemas.ts';
import { auditContextOf } from '../caller.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { AppOperations } from './app-operations.ts';
import { appParams, appSchema, toAppAnswer } from './app-schemas.ts';

interface Dependencies {
  apps: AppOperations;
  users: Pick<UserAdminOperations, 'read'>;
  catalog: CurrentCatalog;
  requireToken: RequireToken;
  mayAdminister: TokenGuard;
}

export function appRoutes({ apps, users, catalog, requireToken, mayAdminister }: Dependencies) {
  const mayRead = requireToken({ scope: 'account:read' });
  const mayWrite = requireToken({ scope: 'account:write' });
  const list = { description: 'Those given access last come first.', schema: z.array(appSchema) };
  const ended = { description: 'It has no access any more; its next request is refused.' };

  return [
    route({
      method: 'get',
      path: '/users/me/apps',
      guard: mayRead,
      summary: 'List the apps of others that you gave access',
      responses: { 200: list },
      handle: async ({ person }) => ok((await apps.list(person)).map(toAppAnswer(catalog()))),
    }),
    route({
      method: 'delete',
      path: '/users/me/apps/:clientId',
      guard: mayWrite,
      summary: "End an app's access: your consent, its sessions and its tokens",
      request: { params: appParams },
      responses: { 204: ended, 404: { description: 'No app of yours.' } },
      async handle(input) {
        await apps.end(input.person, input.params.clientId, auditContextOf(input));
        return noContent;
      },
    }),
    route({
      method: 'get',
      path: '/admin/users/:id/apps',
      guard: mayAdminister,
      summary: 'List the apps of others that a person gave access',
      request: { params: accountParams },
      responses: { 200: list, 404: { description: 'No such person.' } },
      async handle({ params }) {
        return ok((await apps.list(await users.read(params.id))).map(toAppAnswer(catalog())));
      },
    }),
    route({
      method: 'delete',
      path: '/admin/users/:id/apps/:clientId',
      guard: mayAdminister,
      summary: "End an app's access to a person's account",
      request: { params: accountParams.extend(appParams.shape) },
      responses: { 204: ended, 404: { description: 'No such person, or no app of theirs.' } },
      async handle(input) {
        const { id, clientId } = input.params;
        await apps.end(await users.read(id), clientId, auditContextOf(input));
        return noContent;
      },
    }),
  ];
}

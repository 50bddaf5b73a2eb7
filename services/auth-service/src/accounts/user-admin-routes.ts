import type { TokenGuard } from '@latchkey/jwt-verify/express';
import { listRoute } from '@latchkey/service-kit/http/list-route';
import { noContent, ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { sessionOf } from '../access/token-claims.ts';
import { auditContextOf } from '../caller.ts';
import { mailLanguageOf } from '../mail/mail-texts.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { sessionSchema, toSessionAnswer } from '../sessions/session-schemas.ts';
import type { UserAdminOperations } from './user-admin-operations.ts';
import {
  accountFilters,
  accountParams,
  accountSchema,
  changeBody,
  toAccountAnswer,
} from './user-admin-schemas.ts';

interface Dependencies {
  users: UserAdminOperations;
  catalog: CurrentCatalog;
  mayAdminister: TokenGuard;
}

export function userAdminRoutes({ users, catalog, mayAdminister }: Dependencies) {
  const toAnswer = toAccountAnswer(catalog);
  const absent = { description: 'No such person.' };
  const lastAdmin = { description: 'This is the last administrator.' };

  return [
    listRoute({
      path: '/admin/users',
      guard: mayAdminister,
      summary: 'Find people',
      description: 'The oldest first.',
      request: { query: accountFilters },
      item: accountSchema,
      toItem: toAnswer,
      list: ({ query }, page) => users.list(query, page),
    }),
    route({
      method: 'get',
      path: '/admin/users/:id',
      guard: mayAdminister,
      summary: 'Read an account',
      request: { params: accountParams },
      responses: { 200: { description: 'The account.', schema: accountSchema }, 404: absent },
      handle: async ({ params }) => ok(toAnswer(await users.read(params.id))),
    }),
    route({
      method: 'patch',
      path: '/admin/users/:id',
      guard: mayAdminister,
      summary: 'Change roles, deactivate or reactivate',
      request: { params: accountParams, body: changeBody(catalog) },
      responses: {
        200: { description: 'The account.', schema: accountSchema },
        404: absent,
        409: lastAdmin,
      },
      async handle(input) {
        const account = await users.change(input.params.id, input.body, auditContextOf(input));
        return ok(toAnswer(account));
      },
    }),
    route({
      method: 'delete',
      path: '/admin/users/:id',
      guard: mayAdminister,
      summary: 'Delete an account for good',
      request: { params: accountParams },
      responses: { 204: { description: 'Deleted.' }, 404: absent, 409: lastAdmin },
      async handle(input) {
        await users.remove(input.params.id, auditContextOf(input));
        return noContent;
      },
    }),
    route({
      method: 'get',
      path: '/admin/users/:id/sessions',
      guard: mayAdminister,
      summary: "List a person's sessions",
      request: { params: accountParams },
      responses: {
        200: { description: 'The newest first.', schema: z.array(sessionSchema) },
        404: absent,
      },
      async handle({ auth, params }) {
        const sessions = await users.sessions(params.id);
        return ok(sessions.map((session) => toSessionAnswer(session, sessionOf(auth))));
      },
    }),
    route({
      method: 'delete',
      path: '/admin/users/:id/sessions',
      guard: mayAdminister,
      summary: 'End all sessions of a person',
      request: { params: accountParams },
      responses: { 204: { description: 'Ended.' }, 404: absent },
      async handle(input) {
        await users.endSessions(input.params.id, auditContextOf(input));
        return noContent;
      },
    }),
    route({
      method: 'delete',
      path: '/admin/users/:id/factors',
      guard: mayAdminister,
      summary: "Take away a person's second factors, and end all sessions",
      description: 'For a person who lost them: the password is enough again.',
      request: { params: accountParams },
      responses: { 204: { description: 'Taken away.' }, 404: absent },
      async handle(input) {
        await users.resetFactors(input.params.id, auditContextOf(input), mailLanguageOf(input.req));
        return noContent;
      },
    }),
  ];
}

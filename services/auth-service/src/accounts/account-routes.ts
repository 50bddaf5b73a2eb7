import { publicRoute } from '@latchkey/jwt-verify/express';
import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { personOf } from '@latchkey/service-kit/http/person';
import { created, noContent, ok, route } from '@latchkey/service-kit/http/route';
import { sessionOf } from '../access/token-claims.ts';
import { callerOf } from '../caller.ts';
import type { Limits } from '../limits/limits.ts';
import type { UsernameKinds } from '../names/username-rules.ts';
import type { AccountOperations } from './account-operations.ts';
import {
  deleteBody,
  passwordBody,
  personSchema,
  registerBody,
  userInfoSchema,
} from './account-schemas.ts';
import type { OwnAccountOperations } from './own-account-operations.ts';
import type { Person } from './user-repository.ts';

interface Dependencies {
  accounts: AccountOperations;
  ownAccount: OwnAccountOperations;
  limits: Limits;
  /** What people may call themselves. */
  usernames: UsernameKinds;
  requireToken: RequireToken;
}

export function accountRoutes(deps: Dependencies) {
  const { accounts, ownAccount, limits, usernames, requireToken } = deps;
  const mayRead = requireToken({ scope: 'account:read' });
  const mayWrite = requireToken({ scope: 'account:write' });
  const guessed = { description: 'Too many wrong passwords; see `Retry-After`.' };
  const gone = { description: 'The account was deleted.' };

  return [
    route({
      method: 'post',
      path: '/register',
      guard: publicRoute,
      summary: 'Sign up',
      request: { body: registerBody(usernames) },
      responses: {
        201: { description: 'The new person.', schema: personSchema },
        409: { description: 'The username is taken.' },
        429: { description: 'Too many new accounts from one address; see `Retry-After`.' },
      },
      async handle({ body, req, context }) {
        const caller = callerOf(req, context);
        await limits.register(caller);
        return created(toAnswer(await accounts.register(body, { caller })), '/users/me');
      },
    }),
    route({
      method: 'get',
      path: '/users/me',
      guard: mayRead,
      summary: 'Read your profile',
      responses: { 200: { description: 'You.', schema: personSchema }, 404: gone },
      handle: async ({ auth }) => ok(toAnswer(await ownAccount.read(personOf(auth)))),
    }),
    route({
      method: 'put',
      path: '/users/me/password',
      guard: mayWrite,
      summary: 'Change your password; every other session ends',
      request: { body: passwordBody },
      responses: { 204: { description: 'Changed.' }, 429: guessed },
      async handle({ auth, body, req, context }) {
        const change = {
          current: body.currentPassword,
          next: body.newPassword,
          keepSession: sessionOf(auth),
        };
        await ownAccount.changePassword(personOf(auth), change, callerOf(req, context));
        return noContent;
      },
    }),
    route({
      method: 'delete',
      path: '/users/me',
      guard: mayWrite,
      summary: 'Delete your account for good; your username is not given out again',
      request: { body: deleteBody },
      responses: { 204: { description: 'Deleted.' }, 429: guessed },
      async handle({ auth, body, req, context }) {
        await ownAccount.remove(personOf(auth), body.currentPassword, callerOf(req, context));
        return noContent;
      },
    }),
    ...(['get', 'post'] as const).map((method) =>
      route({
        method,
        path: '/userinfo',
        guard: mayRead,
        summary: 'Who the token speaks for (OpenID Connect Core §5.3)',
        responses: { 200: { description: 'Claims.', schema: userInfoSchema }, 404: gone },
        async handle({ auth }) {
          const { username } = await ownAccount.read(personOf(auth));
          return ok({ sub: username, preferred_username: username });
        },
      }),
    ),
  ];
}

const toAnswer = ({ id, username, roles, createdAt }: Person) => ({
  id,
  username,
  roles,
  createdAt: createdAt.toISOString(),
});

import { publicRoute } from '@latchkey/jwt-verify/express';
import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { created, noContent, ok, route } from '@latchkey/service-kit/http/route';
import { sessionOf } from '../access/token-claims.ts';
import { callerOf } from '../caller.ts';
import type { Limits } from '../limits/limits.ts';
import { emailClaims, isVerified } from '../mail/email-address.ts';
import type { EmailOperations } from '../mail/email-operations.ts';
import { mailLanguageOf } from '../mail/mail-texts.ts';
import type { UsernameKinds } from '../names/username-rules.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { AccountOperations } from './account-operations.ts';
import {
  changeBody,
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
  emails: EmailOperations;
  limits: Limits;
  sendsMail: boolean;
  /** What people may call themselves. */
  usernames: UsernameKinds;
  catalog: CurrentCatalog;
  requireToken: RequireToken;
}

export function accountRoutes(deps: Dependencies) {
  const { accounts, ownAccount, emails, limits, sendsMail, usernames, catalog, requireToken } =
    deps;
  const mayRead = requireToken({ scope: 'account:read' });
  const mayWrite = requireToken({ scope: 'account:write' });
  const mayIdentify = requireToken({ scope: 'openid' });
  const guessed = { description: 'Too many wrong passwords; see `Retry-After`.' };
  const deleted = { description: 'The account was deleted.' };

  return [
    route({
      method: 'post',
      path: '/register',
      guard: publicRoute,
      summary: 'Sign up',
      request: { body: registerBody(usernames, () => catalog().roles, sendsMail) },
      responses: {
        201: { description: 'The new person.', schema: personSchema },
        409: { description: 'The username is taken.' },
        429: { description: 'Too many new accounts from one address; see `Retry-After`.' },
      },
      async handle(input) {
        const caller = callerOf(input);
        await limits.countRegistration(caller);
        const by = { caller, language: mailLanguageOf(input.req) };
        return created(toAnswer(await accounts.register(input.body, by)), '/users/me');
      },
    }),
    route({
      method: 'get',
      path: '/users/me',
      guard: mayRead,
      summary: 'Read your profile',
      responses: { 200: { description: 'You.', schema: personSchema }, 404: deleted },
      handle: async ({ person }) => ok(toAnswer(await ownAccount.read(person))),
    }),
    route({
      method: 'patch',
      path: '/users/me',
      guard: mayWrite,
      summary: 'Change your email address',
      request: { body: changeBody },
      responses: {
        200: { description: 'You.', schema: personSchema },
        404: deleted,
        409: { description: 'This server sends no mail.' },
        429: { description: 'Too many wrong passwords, or mails; see `Retry-After`.' },
      },
      async handle(input) {
        const { email, currentPassword: password } = input.body;
        const change = { email, password, language: mailLanguageOf(input.req) };
        await emails.change(input.person.username, change, callerOf(input));
        return ok(toAnswer(await ownAccount.read(input.person)));
      },
    }),
    route({
      method: 'put',
      path: '/users/me/password',
      guard: mayWrite,
      summary: 'Change your password; every other session ends',
      request: { body: passwordBody },
      responses: { 204: { description: 'Changed.' }, 429: guessed },
      async handle(input) {
        const { currentPassword: current, newPassword: next } = input.body;
        const keepSession = sessionOf(input.auth);
        const change = { current, next, keepSession, language: mailLanguageOf(input.req) };
        await ownAccount.changePassword(input.person, change, callerOf(input));
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
      async handle(input) {
        await ownAccount.remove(input.person, input.body.currentPassword, callerOf(input));
        return noContent;
      },
    }),
    ...(['get', 'post'] as const).map((method) =>
      route({
        method,
        path: '/userinfo',
        guard: mayIdentify,
        summary: 'Who the token speaks for (OpenID Connect Core §5.3)',
        responses: { 200: { description: 'Claims.', schema: userInfoSchema }, 404: deleted },
        async handle({ auth, person }) {
          const { username, ...known } = await ownAccount.read(person);
          const email = auth.hasScope('email') ? emailClaims(known) : {};
          return ok({ sub: username, preferred_username: username, ...email });
        },
      }),
    ),
  ];
}

const toAnswer = ({ id, username, roles, createdAt, ...known }: Person) => ({
  id,
  username,
  roles,
  createdAt: createdAt.toISOString(),
  email: known.email,
  emailVerified: isVerified(known),
});

import type { AccountOperations } from '../accounts/account-operations.ts';
import { registerBody } from '../accounts/account-schemas.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { Limits } from '../limits/limits.ts';
import type { UsernameKinds } from '../names/username-rules.ts';
import { signedInPage, signInPage, signUpPage } from '../pages/account-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { againOn, orAgain, readable, ruleFaults } from './page-again.ts';
import type { SignInPurposes } from './sign-in-purpose.ts';

interface Dependencies {
  page: DefinePage;
  logins: BrowserLoginOperations;
  purposes: SignInPurposes;
  accounts: Pick<AccountOperations, 'register'>;
  limits: Pick<Limits, 'countRegistration'>;
  usernames: UsernameKinds;
  catalog: CurrentCatalog;
  /** Of the other provider, if there is one. */
  upstreamName: string | undefined;
}

/** Where people sign in and sign up, for a client or for nothing in particular. */
export function signInRoutes(deps: Dependencies) {
  const { page, purposes, logins, accounts, limits, usernames, upstreamName } = deps;
  const registration = registerBody(usernames, () => deps.catalog().roles);

  return [
    page({
      method: 'get',
      path: '/sign-in',
      summary: 'The sign-in page',
      async handle(visit, { req }) {
        const purpose = await purposes.read(visit, req.query);
        const { request, brought } = purpose;
        const login = await logins.find(visit.login);
        const context = visit.contextFor(brought);
        if (login && !brought) {
          return visit.page(200, signedInPage(context, login.person.username, upstreamName));
        }
        const username = request?.loginHint ?? request?.hintedUsername ?? login?.person.username;
        const content = signInPage(
          context,
          { username, faults: [] },
          request?.client.name,
          upstreamName,
        );
        return visit.page(200, content, brought);
      },
    }),
    page({
      method: 'post',
      path: '/sign-in',
      summary: 'Sign in',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const purpose = await purposes.read(visit, req.query);
        const { request, brought } = purpose;
        const context = visit.contextFor(brought);
        const { t } = context.language;
        const username = readable(() => form.get('username'));
        const again = againOn(visit, brought, (faults) =>
          signInPage(context, { username, faults }, request?.client.name, upstreamName),
        );
        const missing = ['username', 'password'].filter((name) => isMissing(form, name));
        if (missing.length > 0) {
          return again(
            400,
            missing.map((field) => ({ field, text: t.missing })),
          );
        }
        return orAgain(t, again, async () => {
          const previous = await logins.find(visit.login);
          const given = { username: form.require('username'), password: form.require('password') };
          const signedIn = await logins.signIn(given, purposes.contextOf(visit, purpose, previous));
          return purposes.goOn(visit, purpose, signedIn);
        });
      },
    }),
    page({
      method: 'get',
      path: '/sign-up',
      summary: 'The sign-up page',
      async handle(visit, { req }) {
        const purpose = await purposes.read(visit, req.query);
        const { request, brought } = purpose;
        const username = request?.loginHint ?? request?.hintedUsername;
        const content = signUpPage(visit.contextFor(brought), { username, faults: [] }, usernames);
        return visit.page(200, content, brought);
      },
    }),
    page({
      method: 'post',
      path: '/sign-up',
      summary: 'Create an account',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const purpose = await purposes.read(visit, req.query);
        const { brought } = purpose;
        const context = visit.contextFor(brought);
        const { t } = context.language;
        const given = {
          username: readable(() => form.get('username')) ?? '',
          password: form.get('password') ?? '',
        };
        const again = againOn(visit, brought, (faults) =>
          signUpPage(context, { username: given.username, faults }, usernames),
        );
        const { data, error } = registration.safeParse(given);
        if (error) return again(400, ruleFaults(t, error.issues));
        return orAgain(t, again, async () => {
          await limits.countRegistration(visit.caller);
          const { id } = await accounts.register(data, { caller: visit.caller });
          const previous = await logins.find(visit.login);
          const signedIn = await logins.signInAs(
            id,
            ['pwd'],
            purposes.contextOf(visit, purpose, previous),
          );
          return purposes.goOn(visit, purpose, signedIn);
        });
      },
    }),
  ];
}

const isMissing = (form: { get(name: string): string | undefined }, name: string) =>
  readable(() => form.get(name) ?? '') === '';

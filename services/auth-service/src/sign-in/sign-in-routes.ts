import type { AccountOperations } from '../accounts/account-operations.ts';
import { registerBody } from '../accounts/account-schemas.ts';
import type { AuthorizationRequest } from '../authorize/authorization-request.ts';
import type { IncomingRequests } from '../authorize/incoming-request.ts';
import type { GoOn } from '../authorize/request-steps.ts';
import type { BrowserLoginOperations, SignedIn } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Limits } from '../limits/limits.ts';
import type { UsernameKinds } from '../names/username-rules.ts';
import { signedInPage, signInPage, signUpPage } from '../pages/account-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { againOn, orAgain, readable, ruleFaults } from './page-again.ts';

interface Dependencies {
  page: DefinePage;
  requests: Pick<IncomingRequests, 'read'>;
  logins: BrowserLoginOperations;
  goOn: GoOn;
  accounts: Pick<AccountOperations, 'register'>;
  limits: Pick<Limits, 'countRegistration'>;
  usernames: UsernameKinds;
  sendsMail: boolean;
  catalog: CurrentCatalog;
}

/** Where people sign in and sign up, for a client or for nothing in particular. */
export function signInRoutes(deps: Dependencies) {
  const { page, requests, logins, goOn, accounts, limits, usernames } = deps;
  const registration = registerBody(usernames, () => deps.catalog().roles, deps.sendsMail);

  const requestIn = async (
    visit: PageVisit,
    query: object,
  ): Promise<AuthorizationRequest | undefined> =>
    'client_id' in query ? requests.read(query, visit.browser, 'continue') : undefined;

  const contextOf = (
    visit: PageVisit,
    request: AuthorizationRequest | undefined,
    previous: BrowserLogin | undefined,
  ) => ({
    caller: visit.caller,
    clientId: request?.client.id,
    requestHash: request?.hash,
    previous,
  });

  const goOnSignedIn = (
    visit: PageVisit,
    request: AuthorizationRequest | undefined,
    { secret, login }: SignedIn,
  ) => {
    visit.signedIn(secret);
    return request ? goOn(visit, request, login) : visit.redirect('/sign-in');
  };

  return [
    page({
      method: 'get',
      path: '/sign-in',
      summary: 'The sign-in page',
      async handle(visit, { req }) {
        const request = await requestIn(visit, req.query);
        const login = await logins.find(visit.login);
        const context = visit.contextFor(request);
        if (login && !request) {
          return visit.page(200, signedInPage(context, login.person.username));
        }
        const username = request?.loginHint ?? login?.person.username;
        const content = signInPage(context, { username, faults: [] }, request?.client.name);
        return visit.page(200, content, request);
      },
    }),
    page({
      method: 'post',
      path: '/sign-in',
      summary: 'Sign in',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const request = await requestIn(visit, req.query);
        const context = visit.contextFor(request);
        const { t } = context.language;
        const username = readable(() => form.get('username'));
        const again = againOn(visit, request, (faults) =>
          signInPage(context, { username, faults }, request?.client.name),
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
          const signedIn = await logins.signIn(given, contextOf(visit, request, previous));
          return goOnSignedIn(visit, request, signedIn);
        });
      },
    }),
    page({
      method: 'get',
      path: '/sign-up',
      summary: 'The sign-up page',
      async handle(visit, { req }) {
        const request = await requestIn(visit, req.query);
        const username = request?.loginHint;
        const content = signUpPage(visit.contextFor(request), { username, faults: [] }, usernames);
        return visit.page(200, content, request);
      },
    }),
    page({
      method: 'post',
      path: '/sign-up',
      summary: 'Create an account',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const request = await requestIn(visit, req.query);
        const context = visit.contextFor(request);
        const { t } = context.language;
        const given = {
          username: readable(() => form.get('username')) ?? '',
          password: form.get('password') ?? '',
          email: readable(() => form.get('email')),
        };
        const again = againOn(visit, request, (faults) =>
          signUpPage(context, { username: given.username, email: given.email, faults }, usernames),
        );
        const { data, error } = registration.safeParse(given);
        if (error) return again(400, ruleFaults(t, error.issues));
        return orAgain(t, again, async () => {
          await limits.countRegistration(visit.caller);
          const { id } = await accounts.register(data, {
            caller: visit.caller,
            language: context.language.code,
          });
          const previous = await logins.find(visit.login);
          const signedIn = await logins.signInNew(id, contextOf(visit, request, previous));
          return goOnSignedIn(visit, request, signedIn);
        });
      },
    }),
  ];
}

const isMissing = (form: { get(name: string): string | undefined }, name: string) =>
  readable(() => form.get(name) ?? '') === '';

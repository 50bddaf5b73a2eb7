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
import { withQuery } from '../pages/layout.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { BroughtAlong, PageVisit } from '../pages/page-visit.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { againOn, orAgain, readable, ruleFaults } from './page-again.ts';
import { broughtByDevice } from './sign-in-purpose.ts';

interface Dependencies {
  page: DefinePage;
  requests: Pick<IncomingRequests, 'read'>;
  logins: BrowserLoginOperations;
  goOn: GoOn;
  accounts: Pick<AccountOperations, 'register'>;
  limits: Pick<Limits, 'countRegistration'>;
  usernames: UsernameKinds;
  catalog: CurrentCatalog;
}

/** What a person signs in for: a client, a device's code, or nothing in particular. */
interface Purpose {
  request: AuthorizationRequest | undefined;
  brought: BroughtAlong | undefined;
}

/** Where people sign in and sign up, for a client or for nothing in particular. */
export function signInRoutes(deps: Dependencies) {
  const { page, requests, logins, goOn, accounts, limits, usernames } = deps;
  const registration = registerBody(usernames, () => deps.catalog().roles);

  const purposeIn = async (visit: PageVisit, query: object): Promise<Purpose> => {
    if (!('client_id' in query)) return { request: undefined, brought: broughtByDevice(query) };
    const request = await requests.read(query, visit.browser, 'continue');
    return { request, brought: request };
  };

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
    { request, brought }: Purpose,
    { secret, login }: SignedIn,
  ) => {
    visit.signedIn(secret);
    if (request) return goOn(visit, request, login);
    return visit.redirect(brought ? withQuery('/device', brought.query) : '/sign-in');
  };

  return [
    page({
      method: 'get',
      path: '/sign-in',
      summary: 'The sign-in page',
      async handle(visit, { req }) {
        const purpose = await purposeIn(visit, req.query);
        const { request, brought } = purpose;
        const login = await logins.find(visit.login);
        const context = visit.contextFor(brought);
        if (login && !brought) {
          return visit.page(200, signedInPage(context, login.person.username));
        }
        const username = request?.loginHint ?? request?.hintedUsername ?? login?.person.username;
        const content = signInPage(context, { username, faults: [] }, request?.client.name);
        return visit.page(200, content, brought);
      },
    }),
    page({
      method: 'post',
      path: '/sign-in',
      summary: 'Sign in',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const purpose = await purposeIn(visit, req.query);
        const { request, brought } = purpose;
        const context = visit.contextFor(brought);
        const { t } = context.language;
        const username = readable(() => form.get('username'));
        const again = againOn(visit, brought, (faults) =>
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
          return goOnSignedIn(visit, purpose, signedIn);
        });
      },
    }),
    page({
      method: 'get',
      path: '/sign-up',
      summary: 'The sign-up page',
      async handle(visit, { req }) {
        const purpose = await purposeIn(visit, req.query);
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
        const purpose = await purposeIn(visit, req.query);
        const { request, brought } = purpose;
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
          const signedIn = await logins.signInNew(id, contextOf(visit, request, previous));
          return goOnSignedIn(visit, purpose, signedIn);
        });
      },
    }),
  ];
}

const isMissing = (form: { get(name: string): string | undefined }, name: string) =>
  readable(() => form.get(name) ?? '') === '';

import { Problem } from '@latchkey/service-kit/http/problems';
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
import type { FieldFault } from '../pages/fields.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { Rule, Translation } from '../pages/translations/en.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';

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

/** Where people sign in and sign up, for a client or for nothing in particular. */
export function signInRoutes(deps: Dependencies) {
  const { page, requests, logins, goOn, accounts, limits, usernames } = deps;
  const registration = registerBody(usernames, () => deps.catalog().roles);

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
        const again = (status: number, faults: readonly FieldFault[], headers = {}) => {
          const username = readable(() => form.get('username'));
          const content = signInPage(context, { username, faults }, request?.client.name);
          const reply = visit.page(status, content, request);
          return { ...reply, headers: { ...reply.headers, ...headers } };
        };
        const missing = ['username', 'password'].filter((name) => isMissing(form, name));
        if (missing.length > 0) {
          return again(
            400,
            missing.map((field) => ({ field, text: t.missing })),
          );
        }
        try {
          const previous = await logins.find(visit.login);
          const given = { username: form.require('username'), password: form.require('password') };
          const signedIn = await logins.signIn(given, contextOf(visit, request, previous));
          return goOnSignedIn(visit, request, signedIn);
        } catch (error) {
          const fault = faultOf(t, error);
          if (fault === undefined) throw error;
          const { status, headers } = error as Problem;
          return again(status, [fault], headers);
        }
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
        };
        const again = (status: number, faults: readonly FieldFault[], headers = {}) => {
          const content = signUpPage(context, { username: given.username, faults }, usernames);
          const reply = visit.page(status, content, request);
          return { ...reply, headers: { ...reply.headers, ...headers } };
        };
        const { data, error } = registration.safeParse(given);
        if (error) return again(400, ruleFaults(t, error.issues));
        try {
          await limits.countRegistration(visit.caller);
          const { id } = await accounts.register(data, { caller: visit.caller });
          const previous = await logins.find(visit.login);
          const signedIn = await logins.signInNew(id, contextOf(visit, request, previous));
          return goOnSignedIn(visit, request, signedIn);
        } catch (error) {
          const fault = faultOf(t, error);
          if (fault === undefined) throw error;
          const { status, headers } = error as Problem;
          return again(status, [fault], headers);
        }
      },
    }),
  ];
}

const isMissing = (form: { get(name: string): string | undefined }, name: string) =>
  readable(() => form.get(name) ?? '') === '';

/** What is too long is not shown again. */
function readable(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What a person can do something about; undefined for the rest, which is an error page. */
function faultOf(t: Translation, error: unknown): FieldFault | undefined {
  if (!(error instanceof Problem)) return undefined;
  switch (error.code) {
    case 'wrong_login':
      return { field: '', text: t.wrongLogin };
    case 'invalid_request':
      return { field: '', text: t.tooLong };
    case 'too_many_requests':
      return { field: '', text: t.tooMany(Number(error.headers['Retry-After'])) };
    case 'too_busy':
      return { field: '', text: t.tooBusy };
    case 'username_taken':
      return { field: 'username', text: t.usernameTaken };
    case 'password_is_username':
      return { field: 'password', text: t.passwordIsUsername };
    default:
      return undefined;
  }
}

/** One fault a field. */
function ruleFaults(
  t: Translation,
  issues: readonly { path: PropertyKey[]; message: string }[],
): FieldFault[] {
  return ['username', 'password'].flatMap((field) => {
    const message = issues.find(({ path }) => path[0] === field)?.message;
    return message === undefined ? [] : [{ field, text: t.rules[message as Rule] ?? message }];
  });
}

import { only, queryOf } from '../authorize/authorization-request.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { OAuthProblem, problems } from '../errors.ts';
import { signedOutPage, signOutPage } from '../pages/account-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import { readParameters, type TokenParameters } from '../tokens/token-request.ts';
import type { LogoutOperations } from './logout-operations.ts';

interface Dependencies {
  page: DefinePage;
  logins: Pick<BrowserLoginOperations, 'find'>;
  logout: LogoutOperations;
}

const PARAMETERS = [
  'id_token_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'ui_locales',
];
const MAX_FORM_LENGTH = 12_000;

/** Where people sign out: here, and of what they signed in to through here. */
export function logoutRoutes({ page, logins, logout }: Dependencies) {
  return [
    page({
      method: 'get',
      path: '/logout',
      summary: 'Send a person here to sign out (OpenID Connect RP-Initiated Logout)',
      async handle(visit, { req }) {
        const known = knownIn(req.query);
        const parameters = read(known);
        const request = await logout.read(parameters);
        const login = await logins.find(visit.login);
        const isAsked = login !== undefined && !(await logout.isProvenBy(request.hint, login));
        if (isAsked) {
          const brought = { query: queryOf(known), uiLocales: parameters.get('ui_locales') };
          const content = signOutPage(visit.contextFor(brought), login.person.username);
          return visit.page(200, content, brought);
        }
        await logout.signOut(request, login, visit.caller);
        visit.signedOut();
        return visit.redirect(request.location ?? '/logout/done');
      },
    }),
    page({
      method: 'post',
      path: '/logout',
      summary: 'The same, the request in a form',
      async handle(visit, { req, body = {} }) {
        if (!visit.isOwnForm(body)) {
          // A client's own form, which comes without cookies: by an address it comes with them.
          const query = queryOf(knownIn(body as object));
          if (query.length > MAX_FORM_LENGTH) {
            throw problems.bad_logout_request({ detail: 'The request is too long.' });
          }
          return visit.redirect(`/logout?${query}`);
        }
        const request = await logout.read(read(knownIn(req.query)));
        // The person said so for this browser; the hint may be of another's session.
        const login = await logins.find(visit.login);
        await logout.signOut({ ...request, hint: undefined }, login, visit.caller);
        visit.signedOut();
        return visit.redirect(request.location ?? '/logout/done');
      },
    }),
    page({
      method: 'get',
      path: '/logout/done',
      summary: 'The page after signing out',
      handle: (visit) => visit.page(200, signedOutPage(visit.contextFor())),
    }),
  ];
}

const knownIn = (raw: object) => only(raw, PARAMETERS);

function read(known: object): TokenParameters {
  try {
    const parameters = readParameters(known);
    for (const name of PARAMETERS) parameters.get(name);
    return parameters;
  } catch (error) {
    if (!(error instanceof OAuthProblem)) throw error;
    throw problems.bad_logout_request({ detail: error.detail });
  }
}

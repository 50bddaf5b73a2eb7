import type { Reply } from '@latchkey/service-kit/http/route';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import type { SignedIn, SignInContext } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { withQuery } from '../pages/layout.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import { type AuthorizationRequest, queryOf } from './authorization-request.ts';
import type { IncomingRequests } from './incoming-request.ts';
import type { GoOn } from './request-steps.ts';

/** What a person signs in for: a client's request, a page here, or nothing in particular. */
export interface Destination {
  request: AuthorizationRequest | undefined;
  /** The page here; undefined with a request. */
  page: string | undefined;
  /** Brings it along in addresses; empty for nothing in particular. */
  query: string;
  uiLocales: string | undefined;
}

/** By the parameter `then`. No other address is gone on to. */
const OWN_PAGES: ReadonlyMap<unknown, string> = new Map([
  ['security', '/security'],
  ['connect', '/sign-in/connect'],
  ['email', '/email'],
  ['apps', '/apps'],
]);
/** Of those, the pages that take a sign-in of just now. */
const FRESH_PAGES: ReadonlySet<string | undefined> = new Set(['/security', '/sign-in/connect']);
export const SIGN_IN_FOR_SECURITY = '/sign-in?then=security';
export const SIGN_IN_TO_CONNECT = '/sign-in?then=connect';
export const SIGN_IN_FOR_EMAIL = '/sign-in?then=email';
export const SIGN_IN_FOR_APPS = '/sign-in?then=apps';
const MAX_USER_CODE_LENGTH = 32;

/** What brings a person back to the page for a device's code. */
export const deviceQuery = (userCode: unknown): string =>
  queryOf({
    user_code:
      typeof userCode === 'string' && userCode.length <= MAX_USER_CODE_LENGTH ? userCode : '',
  });

interface Dependencies {
  requests: Pick<IncomingRequests, 'read'>;
  goOn: GoOn;
}

export type Destinations = ReturnType<typeof destinationsWith>;

export function destinationsWith({ requests, goOn }: Dependencies) {
  /** Once the person is signed in. */
  const goOnTo = async (
    visit: PageVisit,
    { request, page }: Destination,
    login: BrowserLogin,
  ): Promise<Reply> => (request ? goOn(visit, request, login) : visit.redirect(page ?? '/sign-in'));

  return {
    /** @throws what `IncomingRequests.read` throws */
    async read(visit: PageVisit, query: object): Promise<Destination> {
      if ('client_id' in query) {
        const request = await requests.read(query, visit, 'continue');
        return { request, page: undefined, query: request.query, uiLocales: request.uiLocales };
      }
      return { request: undefined, uiLocales: undefined, ...pageIn(query) };
    },

    goOn: goOnTo,

    /** After a proof: with the new secret to the destination, or first to the second factor. */
    async goOnSignedIn(
      visit: PageVisit,
      destination: Destination,
      outcome: SignedIn | 'second_factor',
    ): Promise<Reply> {
      if (outcome === 'second_factor') {
        return visit.redirect(withQuery('/sign-in/second-factor', destination.query));
      }
      visit.signedIn(outcome.secret);
      return goOnTo(visit, destination, outcome.login);
    },
  };
}

function pageIn(query: object): Pick<Destination, 'page' | 'query'> {
  if ('user_code' in query) {
    const brought = deviceQuery(query.user_code);
    return { page: withQuery('/device', brought), query: brought };
  }
  const { then } = query as { then?: unknown };
  const page = OWN_PAGES.get(then);
  return { page, query: page === undefined ? '' : `then=${then}` };
}

/** Whether a session at another provider is not enough: the person has to sign in there anew. */
export const mustProveAnew = ({ request, page }: Destination): boolean =>
  FRESH_PAGES.has(page) ||
  request?.prompt === 'login' ||
  request?.maxAgeSeconds !== undefined ||
  request?.acr === 'aal2';

export const signInContextOf = (
  visit: PageVisit,
  { request }: Destination,
  previous: BrowserLogin | undefined,
): SignInContext => ({
  caller: visit.caller,
  clientId: request?.client.id,
  requestHash: request?.hash,
  previous,
});

/** What a half-finished sign-in is bound to: this browser, and what it is for. */
export const pendingKeyOf = (visit: PageVisit, { request, query }: Destination) => ({
  browserHash: hashOf(visit.browser),
  purposeHash: request?.hash ?? hashOf(query),
});

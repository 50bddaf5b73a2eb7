import type { Reply } from '@latchkey/service-kit/http/route';
import { type AuthorizationRequest, queryOf } from '../authorize/authorization-request.ts';
import type { IncomingRequests } from '../authorize/incoming-request.ts';
import type { GoOn } from '../authorize/request-steps.ts';
import type { SignedIn } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { withQuery } from '../pages/layout.ts';
import type { BroughtAlong, PageVisit } from '../pages/page-visit.ts';

/** What a person signs in for: a client, another page here, or nothing in particular. */
export interface Purpose {
  request: AuthorizationRequest | undefined;
  brought: BroughtAlong | undefined;
  /** Where a person who is signed in goes without a request. */
  location: string;
}

interface Dependencies {
  requests: Pick<IncomingRequests, 'read'>;
  goOn: GoOn;
}

export type SignInPurposes = ReturnType<typeof signInPurposes>;

export function signInPurposes({ requests, goOn }: Dependencies) {
  return {
    async read(visit: PageVisit, query: object): Promise<Purpose> {
      if (!('client_id' in query)) return purposeHere(query);
      const request = await requests.read(query, visit.browser, 'continue');
      return { request, brought: request, location: '/sign-in' };
    },

    contextOf: (visit: PageVisit, { request }: Purpose, previous: BrowserLogin | undefined) => ({
      caller: visit.caller,
      clientId: request?.client.id,
      requestHash: request?.hash,
      previous,
    }),

    async goOn(
      visit: PageVisit,
      { request, location }: Purpose,
      { secret, login }: SignedIn,
    ): Promise<Reply> {
      visit.signedIn(secret);
      return request ? goOn(visit, request, login) : visit.redirect(location);
    },
  };
}

function purposeHere(query: object): Purpose {
  const device = 'user_code' in query ? deviceQuery(query.user_code) : undefined;
  if (device !== undefined) return here(device, withQuery('/device', device));
  if ('connect' in query) return here('connect=', '/sign-in/connect');
  return { request: undefined, brought: undefined, location: '/sign-in' };
}

const here = (query: string, location: string): Purpose => ({
  request: undefined,
  brought: { query, uiLocales: undefined },
  location,
});

const MAX_USER_CODE_LENGTH = 32;

/** What brings a person back to the page for a device's code. */
export const deviceQuery = (userCode: unknown): string =>
  queryOf({
    user_code:
      typeof userCode === 'string' && userCode.length <= MAX_USER_CODE_LENGTH ? userCode : '',
  });

import type { Reply } from '@latchkey/service-kit/http/route';
import {
  type Destination,
  type Destinations,
  SIGN_IN_FOR_SECURITY,
} from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { labelOfClient } from '../clients/client-host.ts';
import type { AddedFactor, ChangeContext } from '../factors/factor-changes.ts';
import type { FactorOperations } from '../factors/factor-operations.ts';
import type { FieldFault } from '../pages/fields.ts';
import { type PageContent, withQuery } from '../pages/layout.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import { recoveryCodesPage, securityPage, setUpPage } from '../pages/security-pages.ts';

interface Dependencies {
  destinations: Pick<Destinations, 'read'>;
  logins: Pick<BrowserLoginOperations, 'find'>;
  factors: Pick<FactorOperations, 'isFresh' | 'read'>;
  offersTotp: boolean;
}

export type SecurityVisits = ReturnType<typeof securityVisits>;

export const changeContextOf = (visit: PageVisit): ChangeContext => ({
  caller: visit.caller,
  language: visit.contextFor().language.code,
});

/** What the pages where people change how they sign in have in common. */
export function securityVisits({ destinations, logins, factors, offersTotp }: Dependencies) {
  const findFresh = async (visit: PageVisit): Promise<BrowserLogin | undefined> => {
    const login = await logins.find(visit.login);
    return login && factors.isFresh(login) ? login : undefined;
  };

  return {
    find: (visit: PageVisit) => logins.find(visit.login),

    /** A person who signed in just now. */
    findFresh,

    /** For a change. Any other person is led to the sign-in, and back here or to the client. */
    async whenFresh(
      visit: PageVisit,
      query: object,
      work: (login: BrowserLogin, destination: Destination) => Promise<Reply>,
    ): Promise<Reply> {
      const destination = await destinations.read(visit, query);
      const login = await findFresh(visit);
      if (login) return work(login, destination);
      const { request } = destination;
      return visit.redirect(request ? withQuery('/sign-in', request.query) : SIGN_IN_FOR_SECURITY);
    },

    /** Where factors are chosen: for a client that needs one, or all that there is. */
    async page(
      visit: PageVisit,
      { person }: BrowserLogin,
      { request }: Pick<Destination, 'request'>,
    ): Promise<(faults: readonly FieldFault[]) => PageContent> {
      const context = visit.contextFor(request);
      if (request) {
        const client = labelOfClient(request.client);
        return (faults) => setUpPage(context, { client, offersTotp, faults });
      }
      const own = await factors.read(person.id);
      const view = { username: person.username, offersTotp, ...own };
      return (faults) => securityPage(context, view, faults);
    },

    /** With a factor that was added: to the codes that are shown once, then on. */
    afterAdding(
      visit: PageVisit,
      destination: Destination,
      { signedIn, recoveryCodes: codes }: AddedFactor,
    ): Reply {
      visit.signedIn(signedIn.secret);
      const { request } = destination;
      const next = request ? withQuery('/sign-in/second-factor', request.query) : '/security';
      if (!codes) return visit.redirect(next);
      const content = recoveryCodesPage(visit.contextFor(destination), { codes, next });
      return visit.page(200, content, destination);
    },
  };
}

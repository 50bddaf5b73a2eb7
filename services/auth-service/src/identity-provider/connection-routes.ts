import { Problem } from '@latchkey/service-kit/http/problems';
import type { Reply } from '@latchkey/service-kit/http/route';
import { SIGN_IN_TO_CONNECT } from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import { connectionPage } from '../pages/provider-pages.ts';
import { providerFault } from './provider-faults.ts';
import type { AnsweredSignIn, ProviderOperations } from './provider-operations.ts';

interface Dependencies {
  page: DefinePage;
  providers: ProviderOperations;
  logins: Pick<BrowserLoginOperations, 'find'>;
}

export type Connections = ReturnType<typeof connectionRoutes>;

/** Connecting an account here with one at the other provider, after proof of both. */
export function connectionRoutes({ page, providers, logins }: Dependencies) {
  const provider = providers.providerName;

  /** A person who is signed in here, just now, by a factor of the account itself. */
  const freshLogin = async (visit: PageVisit) => {
    const login = await logins.find(visit.login);
    return login && providers.isFresh(login) ? login : undefined;
  };

  const show = async (visit: PageVisit, error?: unknown): Promise<Reply> => {
    const login = await freshLogin(visit);
    if (!login) return visit.redirect(SIGN_IN_TO_CONNECT);
    const context = visit.contextFor();
    const text = providerFault(context.language.t, error, provider);
    if (error !== undefined && text === undefined) throw error;
    const shown = {
      provider,
      username: login.person.username,
      isConnected: await providers.isConnected(login),
      faults: text === undefined ? [] : [{ field: '', text }],
    };
    const status = error instanceof Problem ? error.status : 200;
    return visit.page(status, connectionPage(context, shown));
  };

  const finish = async (visit: PageVisit, signIn: AnsweredSignIn, subject: string) => {
    const login = await freshLogin(visit);
    if (login?.person.id !== signIn.userId) return visit.redirect(SIGN_IN_TO_CONNECT);
    await providers.connect(signIn, login, subject, visit.caller);
    return visit.redirect('/sign-in/connect');
  };

  const routes = [
    page({
      method: 'get',
      path: '/sign-in/connect',
      summary: 'Whether this account is connected with one at the other provider',
      handle: (visit) => show(visit),
    }),
    page({
      method: 'post',
      path: '/sign-in/connect',
      summary: 'Connect this account with one at the other provider',
      async handle(visit, { body }) {
        visit.ownForm(body);
        const login = await freshLogin(visit);
        if (!login) return visit.redirect(SIGN_IN_TO_CONNECT);
        const { browser, caller } = visit;
        const going = { browser, query: 'then=connect', userId: login.person.id, caller };
        try {
          return visit.redirect(await providers.begin({ ...going, mustProve: false }));
        } catch (error) {
          return show(visit, error);
        }
      },
    }),
    page({
      method: 'post',
      path: '/sign-in/disconnect',
      summary: 'Undo that',
      async handle(visit, { body }) {
        visit.ownForm(body);
        const login = await freshLogin(visit);
        if (!login) return visit.redirect(SIGN_IN_TO_CONNECT);
        try {
          await providers.disconnect(login, visit.caller);
          return visit.redirect('/sign-in/connect');
        } catch (error) {
          return show(visit, error);
        }
      },
    }),
  ];
  return { routes, show, finish };
}

import { SIGN_IN_FOR_APPS } from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { isClientId } from '../clients/client-authentication.ts';
import { hostOfClient } from '../clients/client-host.ts';
import { appsPage, endAppPage, type ShownApp } from '../pages/apps-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { AppOperations } from './app-operations.ts';
import type { App } from './app-repository.ts';

interface Dependencies {
  page: DefinePage;
  logins: Pick<BrowserLoginOperations, 'find'>;
  apps: AppOperations;
  catalog: CurrentCatalog;
}

/** Where people see which apps have access, and end it. */
export function appPageRoutes({ page, logins, apps, catalog }: Dependencies) {
  const find = async (person: { id: number }, clientId: unknown) =>
    typeof clientId === 'string' && isClientId(clientId) ? apps.find(person, clientId) : null;

  return [
    page({
      method: 'get',
      path: '/apps',
      summary: 'The apps with access; with `client_id` the page that asks whether to end it',
      async handle(visit, { req }) {
        const login = await logins.find(visit.login);
        if (!login) return visit.redirect(SIGN_IN_FOR_APPS);
        const context = visit.contextFor();
        if ('client_id' in req.query) {
          const app = await find(login.person, req.query.client_id);
          return app ? visit.page(200, endAppPage(context, shown(app))) : visit.redirect('/apps');
        }
        const list = (await apps.list(login.person)).map(shown);
        return visit.page(200, appsPage(context, list, catalog()));
      },
    }),
    page({
      method: 'post',
      path: '/apps',
      summary: "End an app's access",
      async handle(visit, { body }) {
        const form = visit.ownForm(body);
        const login = await logins.find(visit.login);
        if (!login) return visit.redirect(SIGN_IN_FOR_APPS);
        const { person } = login;
        const app = await find(person, form.get('client_id'));
        const by = { actor: person.username, caller: visit.caller };
        // Sent twice, it has ended the first time.
        if (app) await apps.end(person, app.clientId, by);
        return visit.redirect('/apps');
      },
    }),
  ];
}

const shown = (app: App): ShownApp => ({
  ...app,
  host: hostOfClient({ ...app, id: app.clientId }),
});

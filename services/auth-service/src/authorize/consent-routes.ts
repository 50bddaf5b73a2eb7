import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { hostOfClient } from '../clients/client-host.ts';
import { isLoopback } from '../clients/redirect-uri.ts';
import { consentPage } from '../pages/consent-page.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { AuthorizeOperations } from './authorize-operations.ts';
import type { IncomingRequests } from './incoming-request.ts';
import { locationOfStep } from './request-steps.ts';

interface Dependencies {
  page: DefinePage;
  requests: Pick<IncomingRequests, 'read'>;
  authorize: AuthorizeOperations;
  logins: Pick<BrowserLoginOperations, 'find'>;
  catalog: CurrentCatalog;
}

/** Where people say whether a client of others may have what it asks for. */
export function consentRoutes({ page, requests, authorize, logins, catalog }: Dependencies) {
  return [
    page({
      method: 'get',
      path: '/consent',
      summary: 'The consent page',
      async handle(visit, { req }) {
        const request = await requests.read(req.query, visit, 'continue');
        const login = await logins.find(visit.login);
        const step = await authorize.nextStep(request, login);
        if (step.do !== 'ask_consent' || !login) {
          return visit.redirect(locationOfStep(step, request));
        }
        const { client, redirectUri } = request;
        const content = consentPage(
          visit.contextFor(request),
          {
            client: client.name,
            clientHost: hostOfClient(client),
            username: login.person.username,
            scopes: step.scopes,
            redirectUri,
            isLoopback: isLoopback(redirectUri),
          },
          catalog(),
        );
        return visit.page(200, content, request);
      },
    }),
    page({
      method: 'post',
      path: '/consent',
      summary: 'Allow a client, or do not',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const request = await requests.read(req.query, visit, 'continue');
        if (form.get('decision') !== 'allow') throw authorize.deny(request);
        const login = await logins.find(visit.login);
        const step = login
          ? await authorize.allow(request, login, visit.caller)
          : await authorize.nextStep(request, undefined);
        return visit.redirect(locationOfStep(step, request));
      },
    }),
  ];
}

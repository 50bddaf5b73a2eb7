import { parse } from 'node:querystring';
import type { Problem } from '@latchkey/service-kit/http/problems';
import type { Reply } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import {
  type Destinations,
  mustProveAnew,
  pendingKeyOf,
  signInContextOf,
} from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { SecondFactorOperations } from '../factors/second-factor-operations.ts';
import { ownUsername, type UsernameKinds } from '../names/username-rules.ts';
import { signInPage } from '../pages/account-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import { newcomerPage } from '../pages/provider-pages.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { againOn, orAgain, readable, ruleFaults } from '../sign-in/page-again.ts';
import type { Connections } from './connection-routes.ts';
import { CALLBACK_PATH } from './identity-provider.ts';
import { providerFault } from './provider-faults.ts';
import type { ProvenIdentity, ProviderOperations } from './provider-operations.ts';

interface Dependencies {
  page: DefinePage;
  providers: ProviderOperations;
  logins: Pick<BrowserLoginOperations, 'find'>;
  secondFactor: Pick<SecondFactorOperations, 'openOrAskPerson'>;
  destinations: Destinations;
  connections: Pick<Connections, 'show' | 'finish'>;
  usernames: UsernameKinds;
  catalog: CurrentCatalog;
}

const FEDERATED = ['fed'];
/** A sign-in of unknown age is never fresh. */
const LONG_AGO = new Date(0);

/** Signing in with another provider: there and back, and a new account. */
export function providerRoutes(deps: Dependencies) {
  const { page, providers, logins, secondFactor, destinations, connections, usernames } = deps;
  const provider = providers.providerName;
  const registration = z.object({ username: ownUsername(usernames, () => deps.catalog().roles) });

  /** The sign-in page with what went wrong: a password still works. */
  const signInAgain = async (visit: PageVisit, query: object, error: unknown) => {
    const destination = await destinations.read(visit, query);
    const context = visit.contextFor(destination);
    const text = providerFault(context.language.t, error, provider);
    if (text === undefined) throw error;
    const { status, headers } = error as Problem;
    const faults = [{ field: '', text }];
    const entered = { username: destination.request?.loginHint, faults };
    const content = signInPage(context, entered, destination);
    const reply = visit.page(status, content, destination);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  };

  const signIn = async (
    visit: PageVisit,
    query: string,
    userId: number,
    { authTime }: Pick<ProvenIdentity, 'authTime'>,
  ): Promise<Reply> => {
    const destination = await destinations.read(visit, parse(query));
    const context = {
      ...signInContextOf(visit, destination, await logins.find(visit.login)),
      authTime: authTime ?? LONG_AGO,
    };
    const key = pendingKeyOf(visit, destination);
    const signedIn = await secondFactor.openOrAskPerson(userId, FEDERATED, key, context);
    return destinations.goOnSignedIn(visit, destination, signedIn);
  };

  return [
    page({
      method: 'post',
      path: '/sign-in/with',
      summary: 'Sign in with the other provider',
      async handle(visit, { req, body }) {
        visit.ownForm(body);
        const destination = await destinations.read(visit, req.query);
        const { query } = destination;
        const mustProve = mustProveAnew(destination);
        const { browser, caller } = visit;
        try {
          return visit.redirect(await providers.begin({ browser, query, mustProve, caller }));
        } catch (error) {
          return signInAgain(visit, req.query, error);
        }
      },
    }),
    page({
      method: 'get',
      path: CALLBACK_PATH,
      summary: 'Back from the other provider',
      async handle(visit, { req }) {
        const answer = new URL(req.originalUrl, 'http://here').search.slice(1);
        const taken = await providers.take(answer, visit.browser);
        if (!taken) return visit.redirect('/sign-in');
        const { signIn: signInBegun, identity: askForIdentity } = taken;
        const { query, state, userId } = signInBegun;
        try {
          const identity = await askForIdentity();
          const { subject } = identity;
          if (userId !== null) return await connections.finish(visit, signInBegun, subject);
          const account = await providers.accountOf(signInBegun, identity);
          if (account !== undefined) return await signIn(visit, query, account, identity);
          return visit.redirect(`/sign-in/new?${new URLSearchParams({ state })}`);
        } catch (error) {
          if (userId !== null) return connections.show(visit, error);
          return signInAgain(visit, parse(query), error);
        }
      },
    }),
    page({
      method: 'get',
      path: '/sign-in/new',
      summary: 'Choose a username',
      async handle(visit, { req }) {
        const state = typeof req.query.state === 'string' ? req.query.state : '';
        const newcomer = await providers.findNewcomer(state, visit.browser);
        if (!newcomer) return visit.redirect('/sign-in');
        const shown = { provider, username: '', state, faults: [] };
        return visit.page(200, newcomerPage(visit.contextFor(), shown, usernames));
      },
    }),
    page({
      method: 'post',
      path: '/sign-in/new',
      summary: 'Create an account without a password',
      async handle(visit, { body }) {
        const form = visit.ownForm(body);
        const state = readable(() => form.get('state')) ?? '';
        const username = readable(() => form.get('username')) ?? '';
        const newcomer = await providers.findNewcomer(state, visit.browser);
        if (!newcomer) return visit.redirect('/sign-in');
        const context = visit.contextFor();
        const { t } = context.language;
        const again = againOn(visit, undefined, (faults) =>
          newcomerPage(context, { provider, username, state, faults }, usernames),
        );
        const { data, error } = registration.safeParse({ username });
        if (error) return again(400, ruleFaults(t, error.issues));
        return orAgain(t, again, async () => {
          const id = await providers.register(data.username, state, visit.browser, visit.caller);
          return signIn(visit, newcomer.query, id, newcomer);
        });
      },
    }),
  ];
}

import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { readAuditSearch, readClientsSearch, readPeopleSearch } from './administration/search.ts';
import { sessionQuery, signInAddress } from './session/session.ts';
import { AppShell } from './shell/app-shell.tsx';
import { Crashed } from './shell/crashed.tsx';
import { NotFound } from './shell/not-found.tsx';
import { readSupportSearch } from './support/support-search.ts';
import { toView } from './todos/view.ts';

interface Context {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: AppShell,
  notFoundComponent: NotFound,
  loader: ({ context }) => context.queryClient.ensureQueryData(sessionQuery),
});

/** For pages that are nobody's without a sign-in. */
async function needsSignIn({
  context,
  location: { href },
  preload,
}: {
  context: Context;
  location: { href: string };
  preload: boolean;
}): Promise<void> {
  const { signedIn } = await context.queryClient.ensureQueryData(sessionQuery);
  // A link that is only pointed at leads nowhere yet.
  if (signedIn || preload) return;
  // In place of this page, to which "Back" would lead only to be sent on again.
  location.replace(signInAddress(href));
  // The browser is on its way: nothing more is drawn.
  await new Promise(() => undefined);
}

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./home/home-page.tsx'), 'HomePage'),
});
const todos = createRoute({
  getParentRoute: () => root,
  path: '/todos',
  validateSearch: toView,
  beforeLoad: needsSignIn,
  component: lazyRouteComponent(() => import('./todos/todos-page.tsx'), 'TodosPage'),
});
const support = createRoute({
  getParentRoute: () => root,
  path: '/support',
  validateSearch: readSupportSearch,
  beforeLoad: needsSignIn,
  component: lazyRouteComponent(() => import('./support/support-page.tsx'), 'SupportPage'),
});
const ticket = createRoute({
  getParentRoute: () => support,
  path: '$ticketId',
  component: lazyRouteComponent(() => import('./support/ticket-page.tsx'), 'TicketPage'),
});
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  beforeLoad: needsSignIn,
  component: lazyRouteComponent(() => import('./account/account-page.tsx'), 'AccountPage'),
});
const administration = createRoute({
  getParentRoute: () => root,
  path: '/administration',
  beforeLoad: needsSignIn,
  component: lazyRouteComponent(
    () => import('./administration/administration-page.tsx'),
    'AdministrationPage',
  ),
});
const administrationHome = createRoute({
  getParentRoute: () => administration,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/administration/system', replace: true });
  },
});
const system = createRoute({
  getParentRoute: () => administration,
  path: 'system',
  component: lazyRouteComponent(() => import('./administration/system-page.tsx'), 'SystemPage'),
});
const people = createRoute({
  getParentRoute: () => administration,
  path: 'people',
  validateSearch: readPeopleSearch,
  component: lazyRouteComponent(() => import('./administration/people-page.tsx'), 'PeoplePage'),
});
const clients = createRoute({
  getParentRoute: () => administration,
  path: 'clients',
  validateSearch: readClientsSearch,
  component: lazyRouteComponent(() => import('./administration/clients-page.tsx'), 'ClientsPage'),
});
const keys = createRoute({
  getParentRoute: () => administration,
  path: 'keys',
  component: lazyRouteComponent(() => import('./administration/keys-page.tsx'), 'KeysPage'),
});
const audit = createRoute({
  getParentRoute: () => administration,
  path: 'audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./administration/audit-page.tsx'), 'AuditPage'),
});

const routeTree = root.addChildren([
  home,
  todos,
  support.addChildren([ticket]),
  account,
  administration.addChildren([administrationHome, system, people, clients, keys, audit]),
]);

export const createAppRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultErrorComponent: Crashed,
    scrollRestoration: true,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

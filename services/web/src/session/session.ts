import { queryOptions, useQuery } from '@tanstack/react-query';
import { auth } from '../api/clients.ts';
import { callGateway } from '../api/gateway.ts';
import { type StepUp, unwrap } from '../api/problem.ts';
import { doBeforeSignOut } from './before-sign-out.ts';

/** A page of another team's service in the navigation. */
export interface ServiceLink {
  service: string;
  name: string | Record<string, string>;
  path: string;
  icon?: string;
}

export interface Session {
  signedIn: boolean;
  username?: string;
  expiresAt?: string;
  links?: ServiceLink[];
}

const DRAFTS_OF = 'latchkey-drafts-of';

/** What was typed in this tab is shown to nobody else who signs in in it later. */
function dropOthersDrafts(username: string): void {
  if (sessionStorage.getItem(DRAFTS_OF) === username) return;
  sessionStorage.clear();
  sessionStorage.setItem(DRAFTS_OF, username);
}

/** Whose data this page holds. */
let knownUsername: string | undefined;

/** What was read for another person and what is about to be sent goes with the page. */
async function dropOthersPage(username: string): Promise<void> {
  const isOthers = knownUsername !== undefined && knownUsername !== username;
  knownUsername = username;
  if (!isOthers) return;
  location.reload();
  // Nothing more is drawn.
  await new Promise(() => undefined);
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session> => {
    const session = (await callGateway('/session')) as Session;
    if (session.username) {
      // What this page still writes on its way out is dropped by the next one.
      await dropOthersPage(session.username);
      dropOthersDrafts(session.username);
    }
    return session;
  },
  staleTime: 60_000,
  // Another tab may have signed out, or another person in.
  refetchOnWindowFocus: 'always',
});

/** The person's own account; its roles say which parts of the app there are. */
export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: () => unwrap(auth.GET('/users/me')),
  staleTime: 60_000,
});

/** Whether the person has a role; false until that is known. */
export function useHasRole(role: string): boolean {
  const { data } = useQuery(profileQuery);
  return data?.roles.includes(role) ?? false;
}

/** Of the sign-in pages, which lead back to `returnTo`. */
export function signInAddress(returnTo: string, stepUp: StepUp = {}): string {
  const language = document.documentElement.lang;
  const query = new URLSearchParams({ return_to: returnTo, ui_locales: language, ...stepUp });
  return `/session/sign-in?${query}`;
}

/** To the sign-in pages, and back to where the person is. */
export function goToSignIn(stepUp?: StepUp): void {
  const { pathname, search, hash } = location;
  location.assign(signInAddress(pathname + search + hash, stepUp));
}

/** Out of every service at once, and out of the sign-in pages. */
export async function signOut(): Promise<void> {
  await doBeforeSignOut();
  const { signOutUrl } = (await callGateway('/session', { method: 'DELETE' })) as {
    signOutUrl: string;
  };
  sessionStorage.clear();
  location.assign(signOutUrl);
}

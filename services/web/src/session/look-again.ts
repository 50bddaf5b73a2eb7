import type { QueryClient } from '@tanstack/react-query';
import { sessionQuery } from './session.ts';
import { askForSignIn } from './sign-in-request.ts';

/** A session ends a moment before the browser has the cookie of the one that replaces it. */
const NEW_COOKIE_MS = 300;

/** As the gateway says now; not signed in if it does not answer. */
export async function isSignedInNow(queryClient: QueryClient): Promise<boolean> {
  try {
    return (await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 })).signedIn;
  } catch {
    return false;
  }
}

/** A new sign-in, of another tab perhaps, ends the session before it: nobody is asked then. */
export async function askUnlessSignedIn(queryClient: QueryClient): Promise<void> {
  await new Promise((done) => setTimeout(done, NEW_COOKIE_MS));
  if (!(await isSignedInNow(queryClient))) askForSignIn();
}

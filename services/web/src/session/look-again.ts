import type { QueryClient } from '@tanstack/react-query';
import { sessionQuery } from './session.ts';
import { askForSignIn } from './sign-in-request.ts';

/** A session ends a moment before the browser has the cookie of the one that replaces it. */
const LOOKS_AFTER_MS = [200, 500];

/** As the gateway says now; undefined if it does not answer. */
export async function isSignedInNow(queryClient: QueryClient): Promise<boolean | undefined> {
  try {
    return (await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 })).signedIn;
  } catch {
    return undefined;
  }
}

/** A new sign-in, of another tab perhaps, ends the session before it: nobody is asked then. */
export async function askUnlessSignedIn(queryClient: QueryClient): Promise<void> {
  for (const waitMs of LOOKS_AFTER_MS) {
    await new Promise((done) => setTimeout(done, waitMs));
    if (await isSignedInNow(queryClient)) return;
  }
  askForSignIn();
}

export async function askIfSignedOut(queryClient: QueryClient): Promise<void> {
  if ((await isSignedInNow(queryClient)) === false) askForSignIn();
}

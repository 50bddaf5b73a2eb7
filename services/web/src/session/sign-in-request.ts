import { useSyncExternalStore } from 'react';
import type { StepUp } from '../api/problem.ts';

/** Why the page asks for a sign-in: the session is over, or a service wants a fresh or stronger one. */
export interface SignInRequest {
  stepUp: StepUp | undefined;
}

let request: SignInRequest | undefined;
const listeners = new Set<() => void>();

function set(next: SignInRequest | undefined): void {
  request = next;
  for (const listener of listeners) listener();
}

/** Asks once, however many calls were refused. */
export function askForSignIn(stepUp?: StepUp): void {
  if (!request) set({ stepUp });
}

export const dropSignInRequest = (): void => set(undefined);

export const useSignInRequest = (): SignInRequest | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => request,
  );

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { Problem } from '../api/problem.ts';
import { askForSignIn } from './sign-in-request.ts';

const MAX_RETRIES = 2;

/** A 401 of any call leads to a new sign-in; what may go better later is tried again. */
export function createQueryClient(): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof Problem && error.isSignInNeeded) askForSignIn(error.stepUp);
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, error) => count < MAX_RETRIES && error instanceof Problem && error.isPassing,
        retryDelay: (count, error) =>
          error instanceof Problem && error.retryAfterSeconds !== undefined
            ? Math.min(error.retryAfterSeconds, 10) * 1000
            : 500 * 2 ** count,
      },
      mutations: { retry: false },
    },
  });
}

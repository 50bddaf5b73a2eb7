import { queryOptions, useQuery } from '@tanstack/react-query';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';

/** Of auth-service: it alone makes and takes secrets. */
export const SECURITY_PAGE = '/security';

export const factorsQuery = queryOptions({
  queryKey: ['account', 'factors'],
  queryFn: () => unwrap(auth.GET('/users/me/factors')),
});

/** False for a person who has only signed in with another provider; true until that is known. */
export function useHasPassword(): boolean {
  const { data } = useQuery(factorsQuery);
  return data?.hasPassword ?? true;
}

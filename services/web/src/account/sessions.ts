import { queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/auth-service.ts';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import type { Device } from './device.ts';

export interface Session extends Omit<components['schemas']['Session'], 'device'> {
  device: Device;
}

/** This one first, then the newest. */
export const sessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: async (): Promise<Session[]> => {
    // What reads user agents is larger than the page: it comes with the first list.
    const [sessions, { deviceOf }] = await Promise.all([
      unwrap(auth.GET('/sessions')),
      import('./device.ts'),
    ]);
    return sessions
      .map((session) => ({ ...session, device: deviceOf(session.device) }))
      .sort((one, other) => Number(other.current) - Number(one.current));
  },
});

import type { AuditContext } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Store } from '../store.ts';
import type { App } from './app-repository.ts';

/** Whose apps they are. */
interface Owner {
  id: number;
  username: string;
}

export type AppOperations = ReturnType<typeof appOperations>;

/** The clients of others that a person gave access; our own are in the list of sessions. */
export function appOperations(
  { apps, transaction }: Pick<Store, 'apps' | 'transaction'>,
  { now }: { now: () => number },
) {
  return {
    list: ({ id }: Pick<Owner, 'id'>): Promise<App[]> => apps.list(id),

    find: ({ id }: Pick<Owner, 'id'>, clientId: string): Promise<App | null> =>
      apps.find(id, clientId),

    /**
     * Withdraws the consent; the sessions and tokens that came of it end.
     *
     * @throws Problem `app_not_found`
     */
    end: ({ id, username }: Owner, clientId: string, by: AuditContext): Promise<void> =>
      transaction(async (repositories) => {
        const { apps, authorizationCodes, consents, deviceAuthorizations } = repositories;
        const { endings, audit } = repositories;
        // First: it waits for a code that is being traded, whose session is then seen below.
        await authorizationCodes.removeFor(id, clientId);
        await deviceAuthorizations.withdraw(id, clientId);
        if (!(await apps.find(id, clientId))) throw problems.app_not_found();
        await consents.remove(id, clientId);
        const end = { at: new Date(now()), reason: 'consent_withdrawn' };
        const ended = await endings.endSessionsAt(id, clientId, end);
        const event = { ...by, subject: username, clientId };
        await audit.recordAll([
          { type: 'consent.withdrawn', ...event },
          ...ended.map(({ id: sessionId }) => ({
            type: 'session.ended' as const,
            ...event,
            details: { sessionId },
          })),
        ]);
      }),
  };
}

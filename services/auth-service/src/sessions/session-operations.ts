import type { Person } from '@latchkey/service-kit/http/person';
import type { AuditContext, Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Store } from '../store.ts';
import type { ListedSession } from './session-repository.ts';

export type SessionOperations = ReturnType<typeof sessionOperations>;

interface Dependencies {
  /** Unused for so long, a session is over. */
  idleSeconds: number;
  now: () => number;
}

export function sessionOperations(
  { sessions, transaction }: Pick<Store, 'sessions' | 'transaction'>,
  { idleSeconds, now }: Dependencies,
) {
  const endEvery = (
    { id, username }: Person,
    { reason, except }: { reason: string; except: string | undefined },
    by: AuditContext,
  ): Promise<void> =>
    transaction(async ({ endings, audit }) => {
      const ended = await endings.endSessions(id, { at: new Date(now()), reason }, except);
      const event = { type: 'session.ended' as const, ...by, subject: username };
      await audit.recordAll(ended.map((sessionId) => ({ ...event, details: { sessionId } })));
    });

  return {
    list: ({ id }: Pick<Person, 'id'>): Promise<ListedSession[]> =>
      sessions.list(id, new Date(now()), new Date(now() - idleSeconds * 1000)),

    /** @throws Problem `session_not_found` */
    end: ({ id, username }: Person, sessionId: string, caller: Caller): Promise<void> =>
      transaction(async ({ endings, audit }) => {
        const end = { at: new Date(now()), reason: 'ended_by_person' };
        if (!(await endings.endSession(id, sessionId, end))) throw problems.session_not_found();
        const event = { actor: username, subject: username, caller, details: { sessionId } };
        await audit.record({ type: 'session.ended', ...event });
      }),

    /** @param except a session that goes on, the one that asks for instance */
    endAll: (person: Person, except: string | undefined, caller: Caller): Promise<void> =>
      endEvery(person, { reason: 'ended_by_person', except }, { actor: person.username, caller }),

    endAllOf: (person: Person, by: AuditContext): Promise<void> =>
      endEvery(person, { reason: 'ended_by_admin', except: undefined }, by),
  };
}

import type { Person } from '@latchkey/service-kit/http/person';
import { record, recordAll } from '../audit/audit-repository.ts';
import type { AuditContext, Caller } from '../caller.ts';
import { type Database, inTransaction } from '../database.ts';
import { problems } from '../errors.ts';
import { endSession, endSessionsOf, listSessions, type Session } from './session-repository.ts';

export type SessionOperations = ReturnType<typeof sessionOperations>;

interface Dependencies {
  db: Database;
  /** Unused for so long, a session is over. */
  idleSeconds: number;
  now: () => number;
}

export function sessionOperations({ db, idleSeconds, now }: Dependencies) {
  const endEvery = (
    { id, username }: Person,
    end: { reason: string; except: string | undefined },
    audit: AuditContext,
  ): Promise<void> =>
    inTransaction(db, async (tx) => {
      const ended = await endSessionsOf(tx, id, { at: new Date(now()), ...end });
      const event = { type: 'session.ended' as const, ...audit, subject: username };
      await recordAll(
        tx,
        ended.map((sessionId) => ({ ...event, details: { sessionId } })),
      );
    });

  return {
    list: ({ id }: Pick<Person, 'id'>): Promise<Session[]> =>
      listSessions(db, id, new Date(now()), new Date(now() - idleSeconds * 1000)),

    /** @throws Problem `session_not_found` */
    end: ({ id, username }: Person, sessionId: string, caller: Caller): Promise<void> =>
      inTransaction(db, async (tx) => {
        const end = { at: new Date(now()), reason: 'ended_by_person' };
        if (!(await endSession(tx, id, sessionId, end))) throw problems.session_not_found();
        const event = { actor: username, subject: username, caller, details: { sessionId } };
        await record(tx, { type: 'session.ended', ...event });
      }),

    /** @param except a session that goes on, the one that asks for instance */
    endAll: (person: Person, except: string | undefined, caller: Caller): Promise<void> =>
      endEvery(person, { reason: 'ended_by_person', except }, { actor: person.username, caller }),

    endAllOf: (person: Person, audit: AuditContext): Promise<void> =>
      endEvery(person, { reason: 'ended_by_admin', except: undefined }, audit),
  };
}

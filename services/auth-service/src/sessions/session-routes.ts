import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { noContent, ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { sessionOf } from '../access/token-claims.ts';
import { callerOf } from '../caller.ts';
import type { SessionOperations } from './session-operations.ts';
import { sessionSchema, toSessionAnswer } from './session-schemas.ts';

const sessionParams = z.object({ id: z.uuid() });
const endQuery = z.object({
  keep: z.literal('current').optional().meta({ description: 'Keep the session of this request.' }),
});

interface Dependencies {
  sessions: SessionOperations;
  requireToken: RequireToken;
}

export function sessionRoutes({ sessions, requireToken }: Dependencies) {
  const mayRead = requireToken({ scope: 'account:read' });
  const mayWrite = requireToken({ scope: 'account:write' });

  return [
    route({
      method: 'get',
      path: '/sessions',
      guard: mayRead,
      summary: 'List your sessions',
      responses: { 200: { description: 'The newest first.', schema: z.array(sessionSchema) } },
      async handle({ auth, person }) {
        const current = sessionOf(auth);
        const list = await sessions.list(person);
        return ok(list.map((session) => toSessionAnswer(session, current)));
      },
    }),
    route({
      method: 'delete',
      path: '/sessions',
      guard: mayWrite,
      summary: 'End all your sessions',
      request: { query: endQuery },
      responses: { 204: { description: 'Ended.' } },
      async handle(input) {
        const except = input.query.keep === 'current' ? sessionOf(input.auth) : undefined;
        await sessions.endAll(input.person, except, callerOf(input));
        return noContent;
      },
    }),
    route({
      method: 'delete',
      path: '/sessions/:id',
      guard: mayWrite,
      summary: 'End one session',
      request: { params: sessionParams },
      responses: { 204: { description: 'Ended.' }, 404: { description: 'No session of yours.' } },
      async handle(input) {
        await sessions.end(input.person, input.params.id, callerOf(input));
        return noContent;
      },
    }),
  ];
}

import { publicRoute } from '@latchkey/jwt-verify/express';
import { EVENT_STREAM_TYPE, eventStream } from '@latchkey/service-kit/http/event-stream';
import { ok, type Route, route } from '@latchkey/service-kit/http/route';
import { problems } from '../errors.ts';
import { LIST_TTL_SECONDS } from './list-tokens.ts';
import {
  aggregationSchema,
  eventStreamSchema,
  listParams,
  listTokenSchema,
} from './status-list-schemas.ts';
import type { StatusLists } from './status-lists.ts';

const CACHED = { 'Cache-Control': `public, max-age=${LIST_TTL_SECONDS}` };
const LIST_TYPE = 'application/statuslist+jwt';

const unavailable = { 503: { description: 'Not known here now; see `Retry-After`.' } };

/** None in the minimal profile, whose tokens name no list. */
export function statusListRoutes(statusLists: StatusLists | undefined): Route[] {
  if (!statusLists) return [];
  const { stream } = statusLists;
  return [
    route({
      method: 'get',
      path: '/status-lists',
      guard: publicRoute,
      summary: 'The status lists that there are',
      responses: { 200: { description: 'Their URIs.', schema: aggregationSchema }, ...unavailable },
      handle: () => ok({ status_lists: statusLists.uris() }, CACHED),
    }),
    route({
      method: 'get',
      path: '/status-lists/events',
      guard: publicRoute,
      summary: 'Each revocation as it happens, signed',
      description: 'With `Last-Event-ID`, what was missed since comes first.',
      responses: {
        200: {
          description: 'Does not end.',
          schema: eventStreamSchema,
          contentType: EVENT_STREAM_TYPE,
        },
        ...unavailable,
      },
      handle({ req }) {
        stream.assertOpen();
        return eventStream((res) => stream.listen(res, req.get('Last-Event-ID')));
      },
    }),
    route({
      method: 'get',
      path: '/status-lists/:id',
      guard: publicRoute,
      summary: 'Which tokens of a list are revoked',
      request: { params: listParams },
      responses: {
        200: { description: 'The list.', schema: listTokenSchema, contentType: LIST_TYPE },
        304: { description: 'It is as it was.' },
        404: { description: 'No such list, or its last token has expired.' },
        ...unavailable,
      },
      async handle({ params, req }) {
        const token = await statusLists.token(params.id);
        if (!token) throw problems.status_list_not_found();
        const headers = { ...CACHED, ETag: token.etag };
        if (names(req.get('If-None-Match'), token.etag)) return { status: 304, headers };
        return ok(token.jwt, { ...headers, 'Content-Type': LIST_TYPE });
      },
    }),
  ];
}

/** Not by Express, which sends all of it to any client of `fetch`: that adds `Cache-Control: no-cache`. */
const names = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(',').some((tag) => tag.trim() === etag) ?? false;

import { z } from 'zod';
import { appMember } from './app-member.ts';
import { webOrigin } from './web-origin.ts';

const MAX_IDLE_SECONDS = 24 * 60 * 60;

/**
 * Request headers that no service gets from a client: they are about one connection, say where a
 * request came from, frame the body, carry browser sessions, or are written by the gateway.
 */
export const NEVER_PASSED =
  /^(?:host|cookie2?|set-cookie2?|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|http2-settings|content-length|proxy(?:-.*)?|forwarded|x-forward(?:ed|er)(?:-.*)?|x-request-id|traceparent|via)$/;

const headerName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/i, 'must be the name of a header, like X-Auth-Signature')
  .transform((name) => name.toLowerCase())
  .refine((name) => !NEVER_PASSED.test(name.replaceAll(/[^a-z0-9]/g, '-')), {
    message: 'no service can get this header from a client',
  });

/** RFC 6265 §4.1.1, of what servers agree on. */
const cookieName = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must be the name of a cookie, like billing-sid');

/** What a service asks of the gateway in its `service.json`. */
export const gatewayMembers = {
  /** Origins whose pages may call this service's routes, besides those of `CORS_ORIGINS`. */
  cors: z.array(webOrigin).max(100).optional(),
  /** Request headers to pass that the gateway would drop as speaking of identity or of a proxy. */
  headers: z.array(headerName).max(50).optional(),
  /** Cookies that are this service's own: it gets them and may set them. All others stop at the gateway. */
  cookies: z.array(cookieName).min(1).max(8).optional(),
  /** How long an answer, or an upgraded connection, may be silent. */
  idleTimeoutSeconds: z
    .int()
    .min(1)
    .max(MAX_IDLE_SECONDS, `must be at most ${MAX_IDLE_SECONDS} (a day)`)
    .optional(),
  /** Whether WebSocket connections are forwarded to it. It checks the token itself. */
  upgrade: z.boolean().optional(),
  /** Its own pages, which the browser app links to. */
  app: appMember.optional(),
};

const membersSchema = z.object(gatewayMembers);
export type GatewayMembers = z.output<typeof membersSchema>;

import type { IncomingMessage } from 'node:http';
import { publicRoute } from '@latchkey/jwt-verify/express';
import { eventStream } from '@latchkey/service-kit/http/event-stream';
import { Problem } from '@latchkey/service-kit/http/problems';
import type { RequestContext } from '@latchkey/service-kit/http/request-context';
import { ok, type Reply, type Route, route } from '@latchkey/service-kit/http/route';
import { SESSION_CALLBACK_PATH } from '@latchkey/service-kit/joining/roles';
import { z } from 'zod';
import { problems } from '../errors.ts';
import type { ForwardedInfo } from '../intake/forwarded-info.ts';
import {
  type AuthorizationServer,
  type Caller,
  LoginEnded,
  SignInFailed,
} from './authorization-server.ts';
import { safeReturnTo } from './return-to.ts';
import type { SessionCookies } from './session-cookies.ts';
import { sessionEvents } from './session-events.ts';
import { type LinksOf, linkSchema } from './session-links.ts';
import type { SessionOperations } from './session-operations.ts';
import type { SessionUse } from './session-use.ts';

/** What a page may ask of the sign-in (OpenID Connect Core §3.1.2.1, RFC 9470 §5). */
const SIGN_IN_PARAMETERS = ['prompt', 'max_age', 'acr_values', 'login_hint', 'ui_locales'] as const;
const MAX_PARAMETER_LENGTH = 256;

const sessionSchema = z.object({
  signedIn: z.boolean(),
  username: z.string().optional(),
  expiresAt: z.string().optional(),
  links: z.array(linkSchema).optional(),
});

interface Dependencies {
  issuer: string;
  idleSeconds: number;
  cookies: SessionCookies;
  server: Pick<AuthorizationServer, 'begin'>;
  operations: SessionOperations;
  linksOf: LinksOf;
  useOf: (req: IncomingMessage) => SessionUse;
  forwardedOf: (req: IncomingMessage) => ForwardedInfo;
}

/** Browser logins: a cookie for the browser, tokens for the services. */
export function sessionRoutes(deps: Dependencies): Route[] {
  const { issuer, idleSeconds, cookies, server, operations, linksOf, useOf, forwardedOf } = deps;
  const home = new URL(issuer);

  const callerOf = (req: IncomingMessage, context: RequestContext): Caller => ({
    address: forwardedOf(req).address,
    userAgent: req.headers['user-agent'],
    context,
  });

  /** @throws Problem when a page of another site asks */
  const secretOf = (req: IncomingMessage): string | undefined => {
    const use = useOf(req);
    if (use instanceof Problem) throw use;
    return use === 'none' ? undefined : use.secret;
  };

  const redirectTo = (location: string, setCookies: string[] = []): Reply => ({
    status: 303,
    headers: {
      Location: location,
      ...(setCookies.length > 0 ? { 'Set-Cookie': setCookies } : {}),
    },
  });

  return [
    route({
      method: 'get',
      path: '/session',
      guard: publicRoute,
      hidden: true,
      summary:
        'Who is signed in, in this browser, and the pages of services that there are for this person',
      responses: { 200: { description: 'The session, if there is one.', schema: sessionSchema } },
      async handle({ req, context }) {
        const secret = secretOf(req);
        const caller = callerOf(req, context);
        const current = secret && (await operations.current(secret, caller));
        if (current) {
          const links = await linksOf(secret, caller);
          return {
            ...ok({ signedIn: true, ...current, links }),
            headers: { 'Set-Cookie': cookies.keepSession(secret, idleSeconds) },
          };
        }
        // The cookie is left: that of a sign-in which has just replaced this one may be there by now.
        return ok({ signedIn: false });
      },
    }),
    route({
      method: 'delete',
      path: '/session',
      guard: publicRoute,
      hidden: true,
      summary: 'Sign out, of every service at once',
      responses: {
        200: {
          description: 'Where to send the browser, to end the sign-in itself.',
          schema: z.object({ signOutUrl: z.string() }),
        },
      },
      async handle({ req, context }) {
        const secret = secretOf(req);
        if (secret === undefined) throw problems.not_signed_in();
        const signOutUrl = await operations.signOut(secret, callerOf(req, context));
        return {
          ...ok({ signOutUrl }),
          headers: { 'Set-Cookie': cookies.forgetSession() },
        };
      },
    }),
    route({
      method: 'get',
      path: '/session/events',
      guard: publicRoute,
      hidden: true,
      summary: 'Says when the session is over',
      responses: { 200: { description: 'Server-sent events: `current`, `ended`.' } },
      async handle({ req, context }) {
        const secret = secretOf(req);
        if (secret === undefined) throw problems.not_signed_in();
        const caller = callerOf(req, context);
        const isOver = async () => (await operations.current(secret, caller)) === undefined;
        if (await isOver()) throw problems.not_signed_in();
        return eventStream(sessionEvents(operations, secret, isOver));
      },
    }),
    route({
      method: 'get',
      path: '/session/sign-in',
      guard: publicRoute,
      hidden: true,
      summary: 'To the sign-in pages',
      responses: { 303: { description: 'The sign-in pages of auth-service.' } },
      async handle({ req }) {
        if (home.protocol === 'http:' && !isLocal(home.hostname)) throw problems.insecure_origin();
        const query = new URLSearchParams((req.url as string).split('?')[1]);
        // Cookies belong to the host by which a page was opened.
        if (forwardedOf(req).host !== home.host) {
          return redirectTo(`${issuer}/session/sign-in?${query}`);
        }
        const parameters = Object.fromEntries(
          SIGN_IN_PARAMETERS.flatMap((name) => {
            const value = query.get(name)?.slice(0, MAX_PARAMETER_LENGTH);
            return value ? [[name, value]] : [];
          }),
        );
        const returnTo = safeReturnTo(query.get('return_to') ?? undefined, issuer);
        const { location, ...begun } = await server.begin(parameters);
        return redirectTo(location, cookies.keepSignIn(req.headers.cookie, { ...begun, returnTo }));
      },
    }),
    route({
      method: 'get',
      path: SESSION_CALLBACK_PATH,
      guard: publicRoute,
      hidden: true,
      summary: 'Back from the sign-in pages',
      responses: { 303: { description: 'Where the person was.' } },
      async handle({ req, context }) {
        const search = (req.url as string).slice(SESSION_CALLBACK_PATH.length);
        const state = new URLSearchParams(search).get('state') ?? '';
        const signIn = cookies.signIn(req.headers.cookie, state);
        if (!signIn) throw problems.sign_in_unknown();
        const previous = cookies.session(req.headers.cookie);
        try {
          const secret = await operations.finish(search, signIn, {
            previous,
            caller: callerOf(req, context),
          });
          return redirectTo(signIn.returnTo, [
            cookies.forgetSignIn(state),
            cookies.keepSession(secret, idleSeconds),
          ]);
        } catch (error) {
          if (error instanceof LoginEnded) throw problems.sign_in_unknown({ cause: error });
          if (error instanceof SignInFailed) throw problems.sign_in_failed({ cause: error });
          throw error;
        }
      },
    }),
  ];
}

const isLocal = (hostname: string) =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  /^(?:127\.|\[::1\])/.test(hostname);

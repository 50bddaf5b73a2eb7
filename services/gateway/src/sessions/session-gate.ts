import type { IncomingMessage } from 'node:http';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';
import type { SessionCookies } from './session-cookies.ts';
import type { TokensOfSessions } from './session-tokens.ts';
import type { SessionUse } from './session-use.ts';

interface Dependencies {
  cookies: Pick<SessionCookies, 'forgetSession'>;
  tokens: TokensOfSessions;
  useOf: (req: IncomingMessage) => SessionUse;
  isAway: (error: unknown) => boolean;
}

/** What a request to a service is sent on with, instead of the cookie. */
export interface SessionToken {
  /** Undefined when the session is over, or there is nothing at this service for the person. */
  token: string | undefined;
  /** Called when the service says that the token is not good (RFC 6750 §3.1). */
  onUnauthorized: () => void;
}

/** What a service may get of a person: its own scopes, and those that it may exchange its token for. */
export const scopeFor = ({ scopes, client }: Pick<ServiceJson, 'scopes' | 'client'>): string =>
  [...new Set([...Object.keys(scopes), ...(client?.scopes ?? [])])].join(' ');

export type SessionGate = ReturnType<typeof sessionGate>;

/** Cookie in, bearer token out: of the session's tokens each service gets the one that is for it alone. */
export function sessionGate({ cookies, tokens, useOf, isAway }: Dependencies) {
  return {
    useOf,

    /**
     * Without a session any more the request goes on as a stranger's, and the browser loses the cookie.
     *
     * @param scope of the service, as `scopeFor` says
     * @throws Problem `session_unavailable`
     */
    async tokenFor(
      { req, context, answerWith }: Pick<ProxiedRequest, 'req' | 'context' | 'answerWith'>,
      { secret, scope, address }: { secret: string; scope: string | undefined; address: string },
    ): Promise<SessionToken> {
      if (!scope) return { token: undefined, onUnauthorized: () => undefined };
      const caller = { address, userAgent: req.headers['user-agent'], context };
      const found = await tokens.find(secret, scope, caller).catch((error: unknown) => {
        if (!(error instanceof UpstreamError || isAway(error))) throw error;
        throw problems.session_unavailable({ headers: { 'Retry-After': '2' }, cause: error });
      });
      if (found === 'ended') answerWith('Set-Cookie', cookies.forgetSession());
      return {
        token: typeof found === 'string' ? undefined : found.token,
        onUnauthorized: () => {
          // Found out at the next request; a database that is away is noticed then, too.
          tokens.dropRefused(secret, scope).catch(() => undefined);
        },
      };
    },
  };
}

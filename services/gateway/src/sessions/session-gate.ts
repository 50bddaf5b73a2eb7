import type { IncomingMessage } from 'node:http';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';
import type { SessionCookies } from './session-cookies.ts';
import type { TokensOfSessions } from './session-tokens.ts';
import type { SessionUse } from './session-use.ts';

interface Dependencies {
  issuer: string;
  cookies: Pick<SessionCookies, 'forgetSession'>;
  tokens: TokensOfSessions;
  useOf: (req: IncomingMessage) => SessionUse;
  isAway: (error: unknown) => boolean;
}

/** What a request to a service is sent on with, instead of the cookie. */
export interface SessionToken {
  /** Undefined when the session is over, or there is nothing at this service for the person. */
  token: string | undefined;
  /** Called when the service does not accept the token. */
  onUnauthorized: () => void;
}

export type SessionGate = ReturnType<typeof sessionGate>;

/** Cookie in, bearer token out: of the session's tokens each service gets the one that is for it alone. */
export function sessionGate({ issuer, cookies, tokens, useOf, isAway }: Dependencies) {
  return {
    useOf,

    /**
     * Without a session any more the request goes on as a stranger's, and the browser loses the cookie.
     *
     * @param prefix the route of the service
     * @throws Problem `session_unavailable`
     */
    async tokenFor(
      { req, context, answerWith }: Pick<ProxiedRequest, 'req' | 'context' | 'answerWith'>,
      { secret, prefix, address }: { secret: string; prefix: string; address: string },
    ): Promise<SessionToken> {
      const resource = `${issuer}${prefix}`;
      const asker = { address, userAgent: req.headers['user-agent'], context };
      const found = await tokens.find(secret, resource, asker).catch((error: unknown) => {
        if (!(error instanceof UpstreamError || isAway(error))) throw error;
        throw problems.session_unavailable({ cause: error });
      });
      if (found === 'ended') answerWith('Set-Cookie', cookies.forgetSession());
      return {
        token: typeof found === 'string' ? undefined : found.token,
        onUnauthorized: () => {
          // Found out at the next request; a database that is away is noticed then, too.
          tokens.suspect(secret, resource).catch(() => undefined);
        },
      };
    },
  };
}

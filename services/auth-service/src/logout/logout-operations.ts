import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Caller } from '../caller.ts';
import { isClientId } from '../clients/client-authentication.ts';
import { problems } from '../errors.ts';
import type { Store } from '../store.ts';
import type { IdTokenHint, ReadIdTokenHint } from '../tokens/id-token-hint.ts';
import type { TokenParameters } from '../tokens/token-request.ts';

interface Dependencies {
  logins: Pick<BrowserLoginOperations, 'signOut'>;
  readHint: ReadIdTokenHint;
  now: () => number;
}

export interface LogoutRequest {
  hint: IdTokenHint | undefined;
  /** Where the person goes afterwards; absent: our own page. */
  location: string | undefined;
}

export type LogoutOperations = ReturnType<typeof logoutOperations>;

/** OpenID Connect RP-Initiated Logout. */
export function logoutOperations(
  { clients, sessions, transaction }: Pick<Store, 'clients' | 'sessions' | 'transaction'>,
  { logins, readHint, now }: Dependencies,
) {
  /** One that came through no sign-in here, or through one that is over, ends by itself. */
  const endSession = ({ sessionId, username, clientId }: IdTokenHint, caller: Caller) =>
    transaction(async ({ sessions, endings, audit }) => {
      const session = await sessions.find(sessionId);
      if (session?.clientId !== clientId) return;
      const end = { at: new Date(now()), reason: 'signed_out' };
      if (!(await endings.endSession(session.userId, sessionId, end))) return;
      const who = { actor: clientId, subject: username, clientId, caller };
      await audit.record({ type: 'session.ended', ...who, details: { sessionId } });
    });

  return {
    /**
     * Nobody is sent to an address that the client did not register.
     *
     * @throws Problem `bad_logout_request`
     */
    async read(parameters: TokenParameters): Promise<LogoutRequest> {
      const token = parameters.get('id_token_hint');
      const hint = token && (await readHint(token));
      const clientId = parameters.get('client_id') ?? (hint || undefined)?.clientId;
      if (hint && clientId !== hint.clientId) throw refused('client_id is not that of the hint.');
      const uri = parameters.get('post_logout_redirect_uri');
      if (uri === undefined) return { hint: hint || undefined, location: undefined };
      const client = clientId && isClientId(clientId) ? await clients.findEnabled(clientId) : null;
      if (!client?.postLogoutUris.includes(uri)) {
        throw refused('post_logout_redirect_uri is not one that the client registered.');
      }
      const state = parameters.get('state');
      const query = state === undefined ? '' : `${new URLSearchParams({ state })}`;
      const separator = query === '' ? '' : uri.includes('?') ? '&' : '?';
      return { hint: hint || undefined, location: `${uri}${separator}${query}` };
    },

    /** Whether the client of the hint is one that this very sign-in was used for. */
    async isProvenBy(hint: IdTokenHint | undefined, login: BrowserLogin): Promise<boolean> {
      if (!hint) return false;
      const session = await sessions.find(hint.sessionId);
      return session?.browserLoginId === login.id && session.clientId === hint.clientId;
    },

    async signOut(
      { hint }: LogoutRequest,
      login: BrowserLogin | undefined,
      caller: Caller,
    ): Promise<void> {
      if (login) await logins.signOut(login, caller);
      if (hint) await endSession(hint, caller);
    },
  };
}

const refused = (detail: string) => problems.bad_logout_request({ detail });

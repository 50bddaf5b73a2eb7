import { TokenError } from '@latchkey/jwt-verify';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import type { ServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import type { Asker, AuthorizationServer } from './authorization-server.ts';
import type { SignIn } from './session-cookies.ts';
import type { SessionRepository } from './session-repository.ts';
import { hashOf, newSecret, seal, unseal } from './session-secret.ts';
import type { SessionTokens, TokensOfSessions } from './session-tokens.ts';

interface Dependencies {
  server: AuthorizationServer;
  tokens: TokensOfSessions;
  /** Of auth-service, where everyone has something. */
  accountScope: string;
  /** Absent where the gateway has no keys: with a shared secret. */
  verifier: ServiceVerifier['verifier'] | undefined;
  idleSeconds: number;
  now: () => number;
}

/** Who is signed in, as pages may know it. */
export interface CurrentSession {
  username: string;
  expiresAt: Date;
}

export type SessionOperations = ReturnType<typeof sessionOperations>;

export function sessionOperations(
  sessions: SessionRepository,
  { server, tokens, accountScope, verifier, idleSeconds, now }: Dependencies,
) {
  const isRevoked = async (token: string): Promise<boolean> => {
    try {
      await verifier?.verify(token);
      return false;
    } catch (error) {
      return error instanceof TokenError && error.code === 'token_revoked';
    }
  };

  /** By the tokens that are there: auth-service is not asked. */
  const hasEnded = async (used: readonly string[]): Promise<boolean> => {
    for (const token of used) if (await isRevoked(token)) return true;
    return false;
  };

  const end = async (secret: string, asker: Asker): Promise<SessionTokens | undefined> => {
    tokens.forget(secret);
    const row = await sessions.end(hashOf(secret));
    if (!row) return undefined;
    const held = await unseal<SessionTokens>(secret, row.sealedTokens);
    await server.revoke(held.refreshToken, asker);
    return held;
  };

  return {
    /** @throws LoginEnded, SignInFailed, UpstreamError */
    async finish(
      search: string,
      signIn: SignIn,
      { previous, asker }: { previous: string | undefined; asker: Asker },
    ): Promise<string> {
      const { username, sessionId, refreshToken, idToken } = await server.finish(
        search,
        signIn,
        asker,
      );
      // A new secret each time: one that was known before the sign-in is worth nothing after it.
      const secret = newSecret();
      const held: SessionTokens = { refreshToken, idToken, access: {} };
      const createdAt = new Date(now());
      await sessions.add({
        hash: hashOf(secret),
        username,
        sessionId: sessionId ?? null,
        sealedTokens: await seal(secret, held),
        createdAt,
        expiresAt: new Date(createdAt.getTime() + idleSeconds * 1000),
      });
      if (previous) await end(previous, asker).catch(() => undefined);
      return secret;
    },

    /** Undefined when nobody is signed in with this cookie any more. */
    async current(secret: string, asker: Asker): Promise<CurrentSession | undefined> {
      const row = await sessions.find(hashOf(secret), new Date(now()));
      if (!row) return undefined;
      // One token at least is there to tell by; while auth-service is away, what is known counts.
      const found = await tokens.find(secret, accountScope, asker).catch(ignoreUpstream);
      if (found === 'ended') return undefined;
      if (await hasEnded(tokens.inUse(secret))) {
        tokens.forget(secret);
        await sessions.end(hashOf(secret));
        return undefined;
      }
      return { username: row.username, expiresAt: row.expiresAt };
    },

    /** By what is kept here: cheap enough for every second. */
    mayHaveEnded: (secret: string): Promise<boolean> => hasEnded(tokens.inUse(secret)),

    /**
     * Ends the session here and at auth-service, for every service at once.
     *
     * @returns where the browser goes to end the sign-in itself
     * @throws UpstreamError: the session is over here all the same
     */
    async signOut(secret: string, asker: Asker): Promise<string> {
      const held = await end(secret, asker);
      return server.signOutUrl(held?.idToken);
    },
  };
}

function ignoreUpstream(error: unknown): undefined {
  if (!(error instanceof UpstreamError)) throw error;
}

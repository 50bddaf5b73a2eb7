import { TokenError } from '@latchkey/jwt-verify';
import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import type { ServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import type { Log } from '@latchkey/service-kit/process/log';
import pRetry from 'p-retry';
import type { AuthorizationServer, Caller } from './authorization-server.ts';
import { seal, unseal } from './sealed-tokens.ts';
import type { SignIn } from './session-cookies.ts';
import type { SessionRepository } from './session-repository.ts';
import type { SessionTokens, TokensOfSessions } from './session-tokens.ts';

/** For a quarter of an hour: then its tokens have expired. */
const REVOKE_RETRIES = { retries: 20, minTimeout: 1_000, factor: 2, maxTimeout: 60_000 };
/** So far a session's end is moved, not at every look. */
const EXTEND_MS = 60_000;

interface Dependencies {
  server: AuthorizationServer;
  tokens: TokensOfSessions;
  /** Of auth-service, where everyone has something. */
  accountScope: string;
  /** Absent where the gateway has no keys: with a shared secret. */
  verifier: ServiceVerifier['verifier'] | undefined;
  idleSeconds: number;
  log: Log;
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
  { server, tokens, accountScope, verifier, idleSeconds, log, now }: Dependencies,
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

  /** While auth-service is away it is asked again, for a while: the session is over here all the same. */
  const end = async (secret: string, caller: Caller): Promise<SessionTokens | undefined> => {
    tokens.forget(secret);
    const row = await sessions.end(hashOf(secret));
    if (!row) return undefined;
    const held = await unseal<SessionTokens>(secret, row.sealedTokens);
    const revoke = () => server.revoke(held.refreshToken, caller);
    await revoke().catch(() => {
      pRetry(revoke, REVOKE_RETRIES).catch((err: unknown) => {
        log.error({ err }, 'a session that was ended here could not be ended at auth-service');
      });
    });
    return held;
  };

  return {
    /** @throws LoginEnded, SignInFailed, UpstreamError */
    async finish(
      search: string,
      signIn: SignIn,
      { previous, caller }: { previous: string | undefined; caller: Caller },
    ): Promise<string> {
      const { username, refreshToken, idToken } = await server.finish(search, signIn, caller);
      // A new secret each time: one that was known before the sign-in is worth nothing after it.
      const secret = newSecret();
      const held: SessionTokens = { refreshToken, idToken, access: {} };
      const createdAt = new Date(now());
      await sessions.add({
        hash: hashOf(secret),
        username,
        sealedTokens: await seal(secret, held),
        createdAt,
        expiresAt: new Date(createdAt.getTime() + idleSeconds * 1000),
      });
      if (previous) await end(previous, caller);
      return secret;
    },

    /** Undefined when nobody is signed in with this cookie any more. */
    async current(secret: string, caller: Caller): Promise<CurrentSession | undefined> {
      const row = await sessions.find(hashOf(secret), new Date(now()));
      if (!row) return undefined;
      // One token at least is there to tell by; while auth-service is away, what is known counts.
      const found = await tokens.find(secret, accountScope, caller).catch(ignoreUpstream);
      if (found === 'ended') return undefined;
      if (await hasEnded(tokens.inUse(secret))) {
        tokens.forget(secret);
        await sessions.end(hashOf(secret));
        return undefined;
      }
      const expiresAt = new Date(now() + idleSeconds * 1000);
      if (expiresAt.getTime() - row.expiresAt.getTime() > EXTEND_MS) {
        await sessions.extend(hashOf(secret), expiresAt);
      }
      return { username: row.username, expiresAt };
    },

    /** By what is kept here: cheap enough for every second. */
    async mayHaveEnded(secret: string): Promise<boolean> {
      const used = tokens.inUse(secret);
      return used.length === 0 || hasEnded(used);
    },

    /**
     * Ends the session here and at auth-service, for every service at once.
     *
     * @returns where the browser goes to end the sign-in itself
     */
    async signOut(secret: string, caller: Caller): Promise<string> {
      const held = await end(secret, caller);
      return server.signOutUrl(held?.idToken);
    },
  };
}

function ignoreUpstream(error: unknown): undefined {
  if (!(error instanceof UpstreamError)) throw error;
}

import { hashOf } from '@latchkey/service-kit/http/secrets';
import { createAccount } from '../accounts/account-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { isFreshSignIn } from '../browser/fresh-sign-in.ts';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { Store } from '../store.ts';
import type { IdentityProvider } from './identity-provider.ts';

interface Dependencies {
  provider: IdentityProvider;
  limits: Pick<Limits, 'countProviderSignIn' | 'countRegistration'>;
  now: () => number;
}

/** Whom the provider named. */
export interface ProvenIdentity {
  subject: string;
  /** When the person signed in there, never later than now; null when the provider did not say. */
  authTime: Date | null;
}

/** A sign-in whose answer has come. */
export interface AnsweredSignIn {
  state: string;
  /** What the person came for. */
  query: string;
  /** Who connects an account, if that is what it is for. */
  userId: number | null;
}

interface Beginning {
  browser: string;
  query: string;
  /** Who connects their account. */
  userId?: number;
  /** The person has to sign in there anew, whoever is signed in there. */
  mustProve: boolean;
  caller: Caller;
}

export type ProviderOperations = ReturnType<typeof providerOperations>;

const EXPIRES_SECONDS = 1_800;

/** Signing in with another OpenID Connect provider. */
export function providerOperations(
  {
    providers,
    users,
    passkeys,
    transaction,
  }: Pick<Store, 'providers' | 'users' | 'passkeys' | 'transaction'>,
  { provider, limits, now }: Dependencies,
) {
  const { issuer } = provider;
  const presented = (state: string, browser: string) => ({
    hash: hashOf(state),
    browserHash: hashOf(browser),
    now: new Date(now()),
  });

  return {
    providerName: provider.name,

    /** @returns where the browser goes @throws Problem `provider_unavailable`, `too_many_requests` */
    async begin({ browser, query, userId, mustProve, caller }: Beginning): Promise<string> {
      await limits.countProviderSignIn(caller);
      const checks = provider.newChecks();
      const address = await provider.addressFor(checks, mustProve);
      await providers.begin({
        hash: hashOf(checks.state),
        browserHash: hashOf(browser),
        nonce: checks.nonce,
        codeVerifier: checks.codeVerifier,
        query,
        mustProve,
        userId: userId ?? null,
        expiresAt: new Date(now() + EXPIRES_SECONDS * 1000),
      });
      return address;
    },

    /**
     * Takes an answer, once, in the browser that was sent there.
     *
     * @param answer the query of the address that the provider sent the browser to
     * @returns undefined for one that this browser does not wait for; `identity` asks the provider
     */
    async take(answer: string, browser: string) {
      const state = new URLSearchParams(answer).get('state') ?? '';
      const row = await providers.takeAnswer(presented(state, browser));
      if (!row) return undefined;
      const { query, userId, nonce, codeVerifier, mustProve, expiresAt } = row;
      const signIn: AnsweredSignIn = { state, query, userId };
      // Since it was asked for, however long the person took there.
      const beganMs = expiresAt.getTime() - EXPIRES_SECONDS * 1000;
      const maxAge = mustProve ? Math.ceil((now() - beganMs) / 1000) : undefined;
      const checks = { state, nonce, codeVerifier };
      return {
        signIn,
        async identity(): Promise<ProvenIdentity> {
          const { subject, authTimeSeconds } = await provider.identityIn(answer, checks, maxAge);
          const authTime =
            authTimeSeconds === undefined
              ? null
              : new Date(Math.min(authTimeSeconds * 1000, now()));
          return { subject, authTime };
        },
      };
    },

    /** The account of this person; undefined for a newcomer, who is kept until there is one. */
    async accountOf(
      { state }: AnsweredSignIn,
      identity: ProvenIdentity,
    ): Promise<number | undefined> {
      const userId = await providers.useIdentity(issuer, identity.subject, new Date(now()));
      if (userId !== undefined) await providers.finish(hashOf(state));
      else await providers.keepIdentity(hashOf(state), identity);
      return userId;
    },

    findNewcomer: (state: string, browser: string) =>
      providers.findNewcomer(presented(state, browser)),

    /**
     * A new account without a password, under the name that the person chose.
     *
     * @throws Problem `username_taken`, `too_many_requests`; `provider_refused` when it was made already
     */
    async register(username: string, state: string, browser: string, caller: Caller) {
      await limits.countRegistration(caller);
      return transaction(async (repositories) => {
        const { providers, audit } = repositories;
        const newcomer = await providers.findNewcomer(presented(state, browser));
        if (!newcomer?.subject || !(await providers.finish(hashOf(state)))) {
          throw problems.provider_refused();
        }
        const by = { actor: username, caller };
        const { id } = await createAccount(repositories, { username, passwordHash: null }, by);
        const identity = { issuer, subject: newcomer.subject, userId: id, at: new Date(now()) };
        if (!(await providers.addIdentity(identity))) throw problems.provider_taken();
        const who = { actor: username, subject: username, caller };
        await audit.record({ type: 'provider.connected', ...who, details: { issuer } });
        return id;
      });
    },

    /** Whether a sign-in proves enough to connect or disconnect: here, just now, by a factor of this account. */
    isFresh: (login: BrowserLogin): boolean =>
      isFreshSignIn(login, now()) && !login.amr.includes('fed'),

    isConnected: ({ person }: BrowserLogin): Promise<boolean> =>
      providers.isConnected(issuer, person.id),

    /** @throws Problem `provider_taken` when the account elsewhere is connected with another one here */
    async connect(
      { state }: AnsweredSignIn,
      { person }: BrowserLogin,
      subject: string,
      caller: Caller,
    ) {
      await transaction(async ({ providers, audit }) => {
        await providers.finish(hashOf(state));
        const at = new Date(now());
        const known = await providers.useIdentity(issuer, subject, at);
        if (known === person.id) return;
        const identity = { issuer, subject, userId: person.id, at };
        if (known !== undefined || !(await providers.addIdentity(identity))) {
          throw problems.provider_taken();
        }
        const who = { actor: person.username, subject: person.username, caller };
        await audit.record({ type: 'provider.connected', ...who, details: { issuer } });
      });
    },

    /** @throws Problem `provider_only` when nothing else would open the account */
    async disconnect({ person }: BrowserLogin, caller: Caller): Promise<void> {
      const login = await users.findLoginById(person.id);
      const isOpenedOtherwise =
        login?.passwordHash || (await passkeys.listOf(person.id)).length > 0;
      if (!isOpenedOtherwise) throw problems.provider_only();
      await transaction(async ({ providers, audit }) => {
        if ((await providers.removeIdentities(issuer, person.id)) === 0) return;
        const who = { actor: person.username, subject: person.username, caller };
        await audit.record({ type: 'provider.disconnected', ...who, details: { issuer } });
      });
    },
  };
}

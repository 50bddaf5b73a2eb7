import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import { personSubject, type Subject } from '../access/access-token.ts';
import { acrOf, atLeast } from '../access/assurance.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Caller } from '../caller.ts';
import type { Client } from '../clients/client-repository.ts';
import { isLoopback } from '../clients/redirect-uri.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Repositories, Store } from '../store.ts';
import { followsScopes, scopesToApprove } from '../tokens/narrow-scopes.ts';
import {
  AuthorizationError,
  type AuthorizationErrorCode,
  answerLocation,
} from './authorization-error.ts';
import { type AuthorizationRequest, orRefuse } from './authorization-request.ts';

interface Dependencies {
  catalog: CurrentCatalog;
  issuer: string;
  now: () => number;
}

/** What happens next with a request. */
export type NextStep =
  | { do: 'sign_in' }
  /** Signed in with one factor, where the request needs two. */
  | { do: 'prove_factor' }
  | { do: 'ask_consent'; scopes: readonly string[] }
  /** Back to the client, with a code. */
  | { do: 'answer'; location: string };

/** A code lives for less than a minute of waiting at the client (RFC 6749 §4.1.2, RFC 9700 §4.5). */
const CODE_SECONDS = 60;
/** So soon after a sign-in its last use is not written down once more. */
const JUST_NOW_MS = 60_000;

export type AuthorizeOperations = ReturnType<typeof authorizeOperations>;

export function authorizeOperations(store: Store, { catalog, issuer, now }: Dependencies) {
  const { consents, transaction } = store;

  /** @throws AuthorizationError `invalid_scope`, `invalid_target` */
  const scopesFor = (
    { parameters, client, ...target }: AuthorizationRequest,
    subject: Subject,
  ): string[] =>
    orRefuse(target, () => scopesToApprove({ catalog, issuer }, { parameters, client }, subject));

  const mustSignIn = (request: AuthorizationRequest, login: BrowserLogin | undefined) => {
    if (!login) return true;
    // The sign-in that this very request asked for is as fresh as can be.
    if (login.requestHash && Buffer.compare(login.requestHash, request.hash) === 0) return false;
    const { prompt, hintedUsername = login.person.username } = request;
    if (hintedUsername !== login.person.username) return true;
    const { maxAgeSeconds = Number.POSITIVE_INFINITY } = request;
    return prompt === 'login' || now() - login.authTime.getTime() > maxAgeSeconds * 1000;
  };

  const isTooWeak = ({ acr }: AuthorizationRequest, { amr }: BrowserLogin) =>
    acr !== undefined && !atLeast(acr).includes(acrOf(amr));

  const mustAsk = async (
    { client, prompt, redirectUri }: AuthorizationRequest,
    { person }: BrowserLogin,
    scopes: readonly string[],
  ) => {
    if (client.firstParty) return false;
    if (prompt === 'consent' || isUnproven(client, redirectUri)) return true;
    // Nobody here knows such a client, and its document may say something else by now.
    if (client.documentFetchedAt !== null) return true;
    const known = await consents.scopesOf(person.id, client.id);
    return scopes.some((scope) => !known.includes(scope));
  };

  const answerWithCode = async (
    request: AuthorizationRequest,
    login: BrowserLogin,
    scopes: readonly string[],
    caller: Caller | undefined,
  ): Promise<string> => {
    const code = newSecret();
    const { client, redirectUri, codeChallenge, nonce, parameters, pushedHash } = request;
    const at = now();
    const write = async (repositories: Repositories) => {
      const { authorizationCodes, browserLogins, pushedRequests, audit } = repositories;
      if (caller) {
        await repositories.consents.add(login.person.id, client.id, scopes, new Date(at));
        const { username } = login.person;
        const who = { actor: username, subject: username, clientId: client.id, caller };
        if (
          client.documentFetchedAt !== null &&
          (await repositories.clients.createFromDocument(client))
        ) {
          const created = { ...who, subject: client.id, details: { document: true } };
          await audit.record({ type: 'client.created', ...created });
        }
        await audit.record({ type: 'consent.given', ...who, details: { scopes: [...scopes] } });
      }
      await authorizationCodes.add({
        hash: hashOf(code),
        clientId: client.id,
        userId: login.person.id,
        browserLoginId: login.id,
        redirectUri,
        codeChallenge,
        scope: scopes.join(' '),
        // What a person consented to is what there was then.
        followsScopes: followsScopes(client, parameters),
        nonce,
        authTime: login.authTime,
        amr: login.amr,
        expiresAt: new Date(at + CODE_SECONDS * 1000),
      });
      if (at - login.authTime.getTime() > JUST_NOW_MS) {
        await browserLogins.touch(login.id, new Date(at));
      }
      if (pushedHash) await pushedRequests.remove(pushedHash);
    };
    // Logins are many: most need one row, and no transaction around it.
    await (caller || pushedHash ? transaction(write) : write(store));
    return answerLocation(issuer, request, { code });
  };

  const refused = (
    request: AuthorizationRequest,
    code: AuthorizationErrorCode,
    description: string,
  ) => new AuthorizationError(request, code, description);

  /** @throws AuthorizationError */
  const nextStep = async (
    request: AuthorizationRequest,
    login: BrowserLogin | undefined,
  ): Promise<NextStep> => {
    // What no one could be granted is refused before anyone is asked to sign in.
    scopesFor(request, { kind: 'client', id: request.client.id });
    if (mustSignIn(request, login) || !login) {
      if (request.prompt === 'none')
        throw refused(request, 'login_required', 'Not signed in, or as another person.');
      return { do: 'sign_in' };
    }
    if (isTooWeak(request, login)) {
      if (request.prompt !== 'none') return { do: 'prove_factor' };
      throw refused(request, 'unmet_authentication_requirements', 'A second factor is needed.');
    }
    const scopes = scopesFor(request, personSubject(login.person));
    if (await mustAsk(request, login, scopes)) {
      if (request.prompt === 'none') {
        throw refused(request, 'consent_required', 'The person has to be asked.');
      }
      return { do: 'ask_consent', scopes };
    }
    return { do: 'answer', location: await answerWithCode(request, login, scopes, undefined) };
  };

  return {
    nextStep,

    /** The person said yes. @throws AuthorizationError */
    async allow(
      request: AuthorizationRequest,
      login: BrowserLogin,
      caller: Caller,
    ): Promise<NextStep> {
      const step = await nextStep(request, login);
      if (step.do !== 'ask_consent') return step;
      const location = await answerWithCode(request, login, step.scopes, caller);
      return { do: 'answer', location };
    },

    /** The person said no. */
    deny: (request: AuthorizationRequest): AuthorizationError =>
      refused(request, 'access_denied', 'The person did not allow it.'),

    /** Where to send the browser with an error that is the client's to know. */
    locationOf(error: unknown): string | undefined {
      if (!(error instanceof AuthorizationError)) return undefined;
      const { target, code, description } = error;
      return answerLocation(issuer, target, { error: code, error_description: description });
    },
  };
}

/** Any program on the computer can pose as such a client (RFC 8252 §8.6). */
const isUnproven = ({ authentication }: Client, redirectUri: string) =>
  authentication === 'none' && isLoopback(redirectUri);

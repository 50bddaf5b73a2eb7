import { isStorable } from '@latchkey/service-kit/http/schemas';
import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import { personSubject, type Subject } from '../access/access-token.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { Caller } from '../caller.ts';
import type { AuthenticateClient } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { DEVICE_CODE } from '../clients/grant-types.ts';
import { OAuthProblem, problems } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Store, Transaction } from '../store.ts';
import type { WaitingDevice } from '../tokens/device-authorization-repository.ts';
import { followsScopes, scopesToApprove } from '../tokens/narrow-scopes.ts';
import {
  credentialsOf,
  readParameters,
  type TokenParameters,
  type TokenRequest,
} from '../tokens/token-request.ts';
import { newUserCode } from './user-code.ts';

interface Dependencies {
  authenticateClient: AuthenticateClient;
  limits: Pick<Limits, 'countDeviceRequest' | 'countUserCode'>;
  catalog: CurrentCatalog;
  issuer: string;
  now: () => number;
}

/** RFC 8628 §3.2. */
export interface DeviceAnswer {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
}

/** What a person is shown before they allow it. */
export interface DeviceRequest {
  userCode: string;
  client: Client;
  scopes: readonly string[];
  device: string | null;
  address: string | null;
  createdAt: Date;
  followsScopes: boolean;
}

export type DeviceOperations = ReturnType<typeof deviceOperations>;

const EXPIRES_SECONDS = 600;
const INTERVAL_SECONDS = 5;
/** Of 25,600,000,000 codes, two of which are rarely the same. */
const MAX_TRIES = 5;

/** How a device that shows no sign-in page gets a person's leave (RFC 8628). */
export function deviceOperations(
  { deviceAuthorizations, transaction }: Pick<Store, 'deviceAuthorizations' | 'transaction'>,
  { authenticateClient, limits, catalog, issuer, now }: Dependencies,
) {
  const scopesOf = (client: Client, parameters: TokenParameters, subject: Subject) =>
    scopesToApprove({ catalog, issuer }, { parameters, client }, subject);

  const requestOf = (
    { client, parameters: raw, device, address, createdAt }: WaitingDevice,
    userCode: string,
    { person }: BrowserLogin,
  ): DeviceRequest => {
    const parameters = readParameters(raw);
    const scopes = onPage(() => scopesOf(client, parameters, personSubject(person)));
    const follows = followsScopes(client, parameters);
    return { userCode, client, scopes, device, address, createdAt, followsScopes: follows };
  };

  const find = async (userCode: string, login: BrowserLogin, caller: Caller) => {
    await limits.countUserCode(login.person.id, caller);
    const row = await deviceAuthorizations.findWaiting(hashOf(userCode), new Date(now()));
    return row ? requestOf(row, userCode, login) : undefined;
  };

  const record = (
    type: 'device.allowed' | 'device.denied' | 'consent.given',
    { audit }: Transaction,
    { client, scopes, device, address }: DeviceRequest,
    { person, caller }: { person: BrowserLogin['person']; caller: Caller },
  ) => {
    const who = { actor: person.username, subject: person.username, clientId: client.id, caller };
    return audit.record({ type, ...who, details: { scopes: [...scopes], device, address } });
  };

  return {
    /** The device authorization endpoint (RFC 8628 §3.1). @throws OAuthProblem */
    async begin({ form, authorization, caller }: TokenRequest): Promise<DeviceAnswer> {
      const parameters = readParameters(form);
      const client = await authenticateClient(credentialsOf(parameters, { authorization, caller }));
      if (!client.grantTypes.includes(DEVICE_CODE)) throw new OAuthProblem('unauthorized_client');
      if (client.authentication === 'none') await limits.countDeviceRequest(caller);
      // What no one could be granted is refused before anyone is asked.
      scopesOf(client, parameters, { kind: 'client', id: client.id });
      const scope = parameters.get('scope');
      const resource = parameters.all('resource');
      if (!resource.every(isStorable)) throw new OAuthProblem('invalid_target');
      const kept = {
        ...(scope === undefined ? {} : { scope }),
        resource,
      };
      const deviceCode = newSecret();
      const createdAt = new Date(now());
      for (let tries = 1; tries <= MAX_TRIES; tries++) {
        const userCode = newUserCode();
        const isNew = await deviceAuthorizations.add({
          hash: hashOf(deviceCode),
          userCodeHash: hashOf(userCode),
          clientId: client.id,
          parameters: kept,
          device: caller.device ?? null,
          address: caller.address ?? null,
          createdAt,
          expiresAt: new Date(createdAt.getTime() + EXPIRES_SECONDS * 1000),
          intervalSeconds: INTERVAL_SECONDS,
        });
        if (!isNew) continue;
        const verificationUri = `${issuer}/device`;
        return {
          device_code: deviceCode,
          user_code: userCode,
          verification_uri: verificationUri,
          verification_uri_complete: `${verificationUri}?user_code=${userCode}`,
          expires_in: EXPIRES_SECONDS,
          interval: INTERVAL_SECONDS,
        };
      }
      throw new OAuthProblem('temporarily_unavailable', { headers: { 'Retry-After': '1' } });
    },

    /**
     * What waits behind a user code. Each look is counted, so that codes cannot be guessed.
     *
     * @returns undefined for one that is wrong, decided or expired
     * @throws Problem `too_many_requests`, and `bad_authorization_request` when this person can give nothing of it
     */
    find,

    /** @returns false when it was decided, or has expired, meanwhile; or the sign-in has ended */
    async allow(userCode: string, login: BrowserLogin, caller: Caller): Promise<boolean> {
      const request = await find(userCode, login, caller);
      if (!request) return false;
      const { client, scopes, followsScopes } = request;
      const { person, authTime, amr } = login;
      const at = new Date(now());
      return transaction(async (repositories) => {
        const { browserLogins, deviceAuthorizations, consents } = repositories;
        // Held, so that what ends the person's sessions finds what was allowed.
        if (!(await browserLogins.holdRunning(login.id))) return false;
        const allowed = {
          userId: person.id,
          scope: scopes.join(' '),
          followsScopes,
          authTime,
          amr,
        };
        if (!(await deviceAuthorizations.allow(hashOf(userCode), at, allowed))) return false;
        await record('device.allowed', repositories, request, { person, caller });
        if (client.firstParty) return true;
        await consents.add(person.id, client.id, scopes, at);
        await record('consent.given', repositories, request, { person, caller });
        return true;
      });
    },

    /** @returns false as `allow` */
    async deny(userCode: string, login: BrowserLogin, caller: Caller): Promise<boolean> {
      const request = await find(userCode, login, caller);
      if (!request) return false;
      return transaction(async (repositories) => {
        const { deviceAuthorizations } = repositories;
        if (!(await deviceAuthorizations.deny(hashOf(userCode), new Date(now())))) return false;
        await record('device.denied', repositories, request, { person: login.person, caller });
        return true;
      });
    },
  };
}

/** What this person cannot give at all. */
function onPage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OAuthProblem)) throw error;
    throw problems.bad_authorization_request({ detail: error.detail });
  }
}

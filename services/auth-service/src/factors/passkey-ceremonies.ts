import { randomBytes } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Caller } from '../caller.ts';
import type { Limits } from '../limits/limits.ts';
import type { Store } from '../store.ts';
import type { Challenge, Passkey } from './passkey-repository.ts';
import { type Assertion, type Attestation, challengeIn } from './passkey-responses.ts';

/** What a challenge is bound to. */
export type ChallengeFor = Omit<Challenge, 'hash'>;

export interface NewPasskey extends Omit<Passkey, 'name' | 'createdAt' | 'lastUsedAt'> {}

interface Dependencies {
  issuer: string;
  brand: string;
  limits: Pick<Limits, 'countPasskeyChallenge'>;
  now: () => number;
}

const CHALLENGE_BYTES = 32;
/** The script asks for a new one while the sign-in page stays open. */
const CHALLENGE_SECONDS = 300;
const MAX_NAMED = 64;
/** EdDSA, ES256, RS256: what authenticators have and Node checks without experimental APIs. */
const ALGORITHMS = [-8, -7, -257];

export type PasskeyCeremonies = ReturnType<typeof passkeyCeremonies>;

/** Web Authentication Level 3 with this origin; a person is always verified by the authenticator. */
export function passkeyCeremonies(
  { passkeys }: Pick<Store, 'passkeys'>,
  { issuer, brand, limits, now }: Dependencies,
) {
  const { origin, hostname: rpID } = new URL(issuer);
  const expected = {
    expectedOrigin: origin,
    expectedRPID: rpID,
    requireUserVerification: true,
  };
  /** The same for all passkeys of a person, and nothing that says who it is. */
  const userHandleOf = (userId: number) => hashOf(`passkey user handle ${issuer} ${userId}`);

  const newChallenge = async (bound: ChallengeFor, caller: Caller) => {
    await limits.countPasskeyChallenge(caller);
    const challenge = new Uint8Array(randomBytes(CHALLENGE_BYTES));
    const hash = hashOf(Buffer.from(challenge).toString('base64url'));
    await passkeys.addChallenge({ ...bound, hash }, new Date(now() + CHALLENGE_SECONDS * 1000));
    return { challenge, timeout: CHALLENGE_SECONDS * 1000 };
  };

  const takeChallenge = (challenge: string, bound: ChallengeFor): Promise<boolean> =>
    passkeys.takeChallenge({ ...bound, hash: hashOf(challenge) }, new Date(now()));

  return {
    async optionsToSign(
      bound: ChallengeFor,
      caller: Caller,
    ): Promise<PublicKeyCredentialRequestOptionsJSON> {
      const known = bound.userId === undefined ? [] : await passkeys.listOf(bound.userId);
      return generateAuthenticationOptions({
        ...(await newChallenge(bound, caller)),
        rpID,
        userVerification: 'required',
        allowCredentials: known.map(({ id, transports }) => ({ id, transports })),
      });
    },

    async optionsToRegister(
      person: { id: number; username: string },
      browserHash: ChallengeFor['browserHash'],
      caller: Caller,
    ): Promise<PublicKeyCredentialCreationOptionsJSON> {
      const bound = { browserHash, purpose: 'register' as const, userId: person.id };
      const known = await passkeys.listOf(person.id);
      return generateRegistrationOptions({
        ...(await newChallenge(bound, caller)),
        rpID,
        rpName: brand,
        userID: userHandleOf(person.id),
        userName: person.username,
        userDisplayName: person.username.slice(0, MAX_NAMED),
        supportedAlgorithmIDs: ALGORITHMS,
        attestationType: 'none',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        excludeCredentials: known.map(({ id, transports }) => ({ id, transports })),
      });
    },

    /** @returns what its use changes; undefined when the passkey did not sign this, here and now */
    async verifyAssertion(
      response: Assertion,
      passkey: Passkey,
      bound: ChallengeFor,
    ): Promise<{ counter: number; isBackedUp: boolean } | undefined> {
      const challenge = challengeIn(response);
      if (challenge === undefined || !(await takeChallenge(challenge, bound))) return undefined;
      const { userHandle } = response.response;
      const handle = Buffer.from(userHandleOf(passkey.userId)).toString('base64url');
      if (userHandle !== undefined && userHandle !== handle) return undefined;
      const { id, publicKey, counter, transports } = passkey;
      const verified = await orUndefined(() =>
        verifyAuthenticationResponse({
          ...expected,
          response,
          expectedChallenge: challenge,
          credential: { id, publicKey, counter, transports },
        }),
      );
      if (!verified?.verified) return undefined;
      const { newCounter, credentialBackedUp } = verified.authenticationInfo;
      return { counter: newCounter, isBackedUp: credentialBackedUp };
    },

    /** @returns undefined when it was not made here and now, for this person */
    async verifyRegistration(
      response: Attestation,
      bound: ChallengeFor & { userId: number },
    ): Promise<NewPasskey | undefined> {
      const challenge = challengeIn(response);
      if (challenge === undefined || !(await takeChallenge(challenge, bound))) return undefined;
      const verified = await orUndefined(() =>
        verifyRegistrationResponse({
          ...expected,
          response,
          expectedChallenge: challenge,
          supportedAlgorithmIDs: ALGORITHMS,
        }),
      );
      if (!verified?.verified) return undefined;
      const { credential, credentialDeviceType, credentialBackedUp } = verified.registrationInfo;
      return {
        id: credential.id,
        userId: bound.userId,
        publicKey: credential.publicKey,
        counter: credential.counter,
        transports: [...(response.response.transports ?? [])],
        isBackupEligible: credentialDeviceType === 'multiDevice',
        isBackedUp: credentialBackedUp,
      };
    },
  };
}

/** RFC 8176: a key that stays in the device, or one that is synced; the person was verified. */
export const methodOf = ({ isBackupEligible }: Pick<Passkey, 'isBackupEligible'>): string[] => [
  isBackupEligible ? 'swk' : 'hwk',
  'user',
];

/** The library throws for whatever is wrong with a response; it asks nothing of the database. */
async function orUndefined<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}

import { networkOf } from '@latchkey/service-kit/http/client-network';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import type { Caller } from '../caller.ts';
import type { Counter, CounterRepository } from './counter-repository.ts';
import { count, take } from './counters.ts';
import { FairQueue, type FairQueueLimits } from './fair-queue.ts';
import {
  type AttemptedLogin,
  type LoginAttempt,
  type LoginSettings,
  loginLimits,
} from './login-limits.ts';

export interface LimitSettings extends LoginSettings {
  /** Logins at work at once, and waiting; networks share them fairly. */
  logins: FairQueueLimits;
  /** New accounts an hour. */
  registrationsPerAddress: number;
  /** Refreshes a minute. */
  refreshesPerAddress: number;
  /** Authorization requests pushed by public clients a minute. */
  pushedRequestsPerAddress: number;
  /** Metadata documents of clients fetched a minute. */
  clientDocumentsPerAddress: number;
  /** Challenges for passkeys a minute. */
  passkeyChallengesPerAddress: number;
  /** Mails asked for, and links tried that are none, an hour. */
  mailRequestsPerAddress: number;
  /** Links for a new password mailed to one account, links mailed to one address to confirm it, and
   * addresses given by one person: each an hour. */
  mailsPerAccount: number;
  /** Device authorizations begun by public clients a minute. */
  deviceRequestsPerAddress: number;
  /** Sign-ins with another provider begun a minute. */
  providerSignInsPerAddress: number;
  /** User codes looked up within ten minutes. */
  userCodesPerPerson: number;
  userCodesPerAddress: number;
}

export interface Limits {
  /**
   * Does the work of a login once it is its network's turn.
   *
   * @throws Problem `too_busy` with `Retry-After`
   */
  inTurn<T>(caller: Caller, work: () => Promise<T>): Promise<T>;
  /**
   * Admits an attempt at a password, or refuses it before it costs a hash. Always close the
   * result.
   *
   * @throws Problem `too_many_requests` with `Retry-After`
   */
  beginLogin(login: AttemptedLogin): Promise<LoginAttempt>;
  /** @throws Problem `too_many_requests` */
  countRegistration(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  countRefresh(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  countPushedRequest(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  countClientDocument(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  countPasskeyChallenge(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  countMailRequest(caller: Caller): Promise<void>;
  /** An address that a person gives, who is mailed a link there. @throws Problem `too_many_requests` */
  countEmailChange(userId: number): Promise<void>;
  /** A link for a new password, which anybody may ask for: counted apart from what the person does. */
  mayMailReset(userId: number): Promise<boolean>;
  /** A link to confirm an address, whichever account it was given for. */
  mayMailAddress(emailKey: string): Promise<boolean>;
  /** @throws Problem `too_many_requests` */
  countDeviceRequest(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  countProviderSignIn(caller: Caller): Promise<void>;
  /** A guess at a user code, right or wrong. @throws Problem `too_many_requests` */
  countUserCode(userId: number, caller: Caller): Promise<void>;
}

const MINUTE_SECONDS = 60;
const TEN_MINUTES_SECONDS = 600;
const HOUR_SECONDS = 3_600;

/** Where nobody is to notice. */
const mayMail = async (mails: Counter, key: string): Promise<boolean> =>
  (await count(mails, key)).points <= mails.points;

export function createLimits({ counter }: CounterRepository, settings: LimitSettings): Limits {
  const { registrationsPerAddress, refreshesPerAddress, pushedRequestsPerAddress } = settings;
  const { deviceRequestsPerAddress, userCodesPerPerson, userCodesPerAddress } = settings;
  const registrations = counter('register', registrationsPerAddress, HOUR_SECONDS);
  const refreshes = counter('refresh', refreshesPerAddress, MINUTE_SECONDS);
  const pushes = counter('pushed-request', pushedRequestsPerAddress, MINUTE_SECONDS);
  const { clientDocumentsPerAddress } = settings;
  const documents = counter('client-document', clientDocumentsPerAddress, MINUTE_SECONDS);
  const challenges = counter(
    'passkey-challenge',
    settings.passkeyChallengesPerAddress,
    MINUTE_SECONDS,
  );
  const mailRequests = counter('mail-request', settings.mailRequestsPerAddress, HOUR_SECONDS);
  const { mailsPerAccount } = settings;
  const emailChanges = counter('email-change', mailsPerAccount, HOUR_SECONDS);
  const resetMails = counter('mail-account', mailsPerAccount, HOUR_SECONDS);
  const addressMails = counter('mail-address', mailsPerAccount, HOUR_SECONDS);
  const devices = counter('device', deviceRequestsPerAddress, MINUTE_SECONDS);
  const providers = counter('provider', settings.providerSignInsPerAddress, MINUTE_SECONDS);
  const codesOfPerson = counter('user-code-person', userCodesPerPerson, TEN_MINUTES_SECONDS);
  const codesOfAddress = counter('user-code-address', userCodesPerAddress, TEN_MINUTES_SECONDS);
  const turns = new FairQueue(settings.logins);
  return {
    inTurn: (caller, work) => turns.run(networkOf(caller.address), work),
    ...loginLimits(counter, settings),
    countRegistration: (caller) => take(registrations, networkOf(caller.address)),
    countRefresh: (caller) => take(refreshes, networkOf(caller.address)),
    countPushedRequest: (caller) => take(pushes, networkOf(caller.address)),
    countClientDocument: (caller) => take(documents, networkOf(caller.address)),
    countPasskeyChallenge: (caller) => take(challenges, networkOf(caller.address)),
    countMailRequest: (caller) => take(mailRequests, networkOf(caller.address)),
    countEmailChange: (userId) => take(emailChanges, String(userId)),
    mayMailReset: (userId) => mayMail(resetMails, String(userId)),
    mayMailAddress: (emailKey) =>
      mayMail(addressMails, Buffer.from(hashOf(emailKey)).toString('base64url')),
    countDeviceRequest: (caller) => take(devices, networkOf(caller.address)),
    countProviderSignIn: (caller) => take(providers, networkOf(caller.address)),
    async countUserCode(userId, caller) {
      await take(codesOfPerson, String(userId));
      await take(codesOfAddress, networkOf(caller.address));
    },
  };
}

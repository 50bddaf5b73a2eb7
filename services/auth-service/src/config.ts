import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createVerifier } from '@latchkey/jwt-verify';
import {
  type TokenConfig,
  tokenEnv,
  toTokenConfig,
} from '@latchkey/service-kit/joining/token-config';
import {
  ConfigError,
  databaseUrl,
  type Env,
  parseEnv,
  type ServiceConfig,
  serviceEnv,
  toServiceConfig,
  wholeNumber,
} from '@latchkey/service-kit/process/config';
import { z } from 'zod';
import type { AdminSignIn } from './access/admin-guard.ts';
import { ACR_VALUES } from './access/assurance.ts';
import {
  type ClientDocumentConfig,
  clientDocumentEnv,
  toClientDocumentConfig,
} from './client-documents/document-config.ts';
import { type ServiceClientKeys, serviceClientsText } from './clients/service-clients.ts';
import type { HousekeepingSettings } from './housekeeping/housekeeping.ts';
import {
  type IdentityProviderSettings,
  identityProviderEnv,
  identityProviderProblems,
  toIdentityProvider,
} from './identity-provider/provider-settings.ts';
import { type KeyEncryption, keyEncryptionKey } from './keys/key-encryption.ts';
import type { KeyPolicy } from './keys/key-lifecycle.ts';
import type { KeyAlgorithm } from './keys/key-material.ts';
import type { LimitSettings } from './limits/limits.ts';
import { type MailSettings, mailEnv, mailProblems, toMailSettings } from './mail/mail-settings.ts';
import { USERNAME_KINDS, type UsernameKinds } from './names/username-rules.ts';
import { type Brand, brandEnv, toBrand } from './pages/brand.ts';
import type { HasherLimits } from './passwords/password-hasher.ts';
import type { TokenSettings } from './tokens/token-settings.ts';

export interface KeyConfig {
  policy: KeyPolicy;
  encryption: KeyEncryption;
  pollMs: number;
}

export interface Config {
  service: ServiceConfig;
  tokens: TokenConfig;
  databaseUrl: string;
  /** Where the `service.json` files are. */
  servicesDir: string;
  /** The keys of the services that act on people's behalf. */
  serviceClients: ServiceClientKeys;
  /** Absent with a shared secret. */
  keys: KeyConfig | undefined;
  /** Seals people's secrets; may be absent with a shared secret, which then offers no TOTP. */
  encryption: KeyEncryption | undefined;
  grants: TokenSettings;
  /** What `/admin/…` asks of a sign-in; absent in the minimal profile. */
  adminSignIn: AdminSignIn | undefined;
  hasher: HasherLimits;
  housekeeping: HousekeepingSettings;
  limits: LimitSettings;
  /** Of clients that nobody registered; absent when they are not let in. */
  clientDocuments: ClientDocumentConfig | undefined;
  /** Most connections at once that listen for revocations. */
  statusListeners: number;
  /** How mail is sent; absent when it is not, as in the minimal profile. */
  mail: MailSettings | undefined;
  /** What the hosted pages show of whose they are. */
  brand: Brand;
  /** Another provider that people may sign in with. */
  identityProvider: IdentityProviderSettings | undefined;
  /** What people may call themselves when they sign up. */
  usernames: UsernameKinds;
  /** The proxies whose `X-Forwarded-For` is believed; none by default. */
  trustedProxies: string | undefined;
}

const DAY_SECONDS = 86_400;
/** Verifiers fetch the key set every five minutes; a key published for three times that is known to all. */
const MIN_PUBLISH_AHEAD_SECONDS = 900;
/** A clock may run behind. */
const KEY_LEEWAY_SECONDS = 300;
const KEY_POLL_MS = 2_000;
/** A login waits for the database too: so many at once keep the hashing busy. */
const LOGINS_PER_HASH = 8;

const keyText = z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hex digits: openssl rand -hex 32');

/** What may be set, and to what. */
export const envSchema = z.object({
  ...serviceEnv(4001),
  ...tokenEnv,
  DATABASE_URL: databaseUrl,
  SERVICES_DIR: z.string().default(join(import.meta.dirname, '../..')),
  KEY_ENCRYPTION_KEY: keyText.optional(),
  KEY_ENCRYPTION_KEY_PREVIOUS: keyText.optional(),
  KEY_ROTATION_SECONDS: wholeNumber(3_600, 400 * DAY_SECONDS).default(30 * DAY_SECONDS),
  KEY_PUBLISH_AHEAD_SECONDS: wholeNumber(0, 7 * DAY_SECONDS).default(3_600),
  ACCESS_TOKEN_SECONDS: wholeNumber(60, DAY_SECONDS).default(1_200),
  REFRESH_TOKEN_SECONDS: wholeNumber(60, 400 * DAY_SECONDS).default(14 * DAY_SECONDS),
  REFRESH_RETRY_SECONDS: wholeNumber(10, DAY_SECONDS).default(900),
  SESSION_SECONDS: wholeNumber(60, 400 * DAY_SECONDS).default(90 * DAY_SECONDS),
  BROWSER_LOGIN_SECONDS: wholeNumber(60, 400 * DAY_SECONDS).default(14 * DAY_SECONDS),
  ADMIN_MAX_AUTH_AGE_SECONDS: wholeNumber(60, 400 * DAY_SECONDS).default(3_600),
  ADMIN_ACR: z.enum(ACR_VALUES).optional(),
  PASSWORD_GRANT: z.enum(['on', 'off']).default('on'),
  HASH_CONCURRENCY: wholeNumber(1, 64).default(availableParallelism()),
  HASH_QUEUE: wholeNumber(1, 10_000).default(128),
  LOGIN_FREE_FAILURES: wholeNumber(1, 1_000).default(5),
  LOGIN_BACKOFF_MAX_SECONDS: wholeNumber(1, 3_600).default(300),
  LOGIN_FAILURES_PER_ACCOUNT: wholeNumber(1, 100_000).default(50),
  LOGIN_FAILURES_PER_ADDRESS: wholeNumber(1, 100_000).default(100),
  REGISTRATIONS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(100),
  REFRESHES_PER_ADDRESS: wholeNumber(1, 1_000_000).default(600),
  PUSHED_REQUESTS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(600),
  ...clientDocumentEnv,
  PASSKEY_CHALLENGES_PER_ADDRESS: wholeNumber(1, 1_000_000).default(600),
  MAIL_REQUESTS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(60),
  MAILS_PER_ACCOUNT: wholeNumber(1, 1_000).default(5),
  DEVICE_REQUESTS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(60),
  IDENTITY_PROVIDER_SIGN_INS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(60),
  USER_CODES_PER_PERSON: wholeNumber(1, 100_000).default(20),
  USER_CODES_PER_ADDRESS: wholeNumber(1, 100_000).default(100),
  HOUSEKEEPING_SECONDS: wholeNumber(1, DAY_SECONDS).default(60),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 3_650).default(400),
  SERVICE_CLIENTS: serviceClientsText.optional(),
  STATUS_LISTENERS: wholeNumber(1, 100_000).default(1_000),
  ...mailEnv,
  ...brandEnv,
  ...identityProviderEnv,
  USERNAMES: z.enum(USERNAME_KINDS).default('any'),
  TRUSTED_PROXIES: z.string().optional(),
});

type Values = z.infer<typeof envSchema>;

export function parseConfig(env: Env): Config {
  const values = parseEnv(envSchema, env);
  const service = toServiceConfig(values);
  const tokens = toTokenConfig(values, service);
  const problems = [
    ...secretProblems(tokens),
    ...keyProblems(values, tokens, service),
    ...mailProblems(values),
    ...identityProviderProblems(values, tokens.issuer),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const profile = tokens.mode === 'shared-secret' ? tokens.profile : 'standard';
  return {
    service,
    tokens,
    databaseUrl: values.DATABASE_URL,
    servicesDir: values.SERVICES_DIR,
    serviceClients: values.SERVICE_CLIENTS ?? {},
    keys: tokens.mode === 'public-keys' ? toKeyConfig(values) : undefined,
    encryption: values.KEY_ENCRYPTION_KEY === undefined ? undefined : toKeyEncryption(values),
    grants: {
      profile,
      passwordGrant: values.PASSWORD_GRANT === 'on',
      accessTokenSeconds: values.ACCESS_TOKEN_SECONDS,
      refreshTokenSeconds: values.REFRESH_TOKEN_SECONDS,
      refreshRetrySeconds: values.REFRESH_RETRY_SECONDS,
      sessionSeconds: values.SESSION_SECONDS,
      browserLoginSeconds: values.BROWSER_LOGIN_SECONDS,
    },
    adminSignIn:
      profile === 'standard'
        ? {
            maxAuthAgeSeconds: values.ADMIN_MAX_AUTH_AGE_SECONDS,
            // Plain http is for development, where an administrator has a password alone.
            acr: values.ADMIN_ACR ?? (tokens.issuer.startsWith('https:') ? 'aal2' : 'aal1'),
          }
        : undefined,
    hasher: { concurrency: values.HASH_CONCURRENCY, queue: values.HASH_QUEUE },
    housekeeping: {
      everyMs: values.HOUSEKEEPING_SECONDS * 1000,
      refreshRetryMs: values.REFRESH_RETRY_SECONDS * 1000,
      auditRetentionMs: values.AUDIT_RETENTION_DAYS * DAY_SECONDS * 1000,
    },
    limits: {
      logins: {
        concurrency: values.HASH_CONCURRENCY * LOGINS_PER_HASH,
        waiting: values.HASH_QUEUE,
      },
      freeLoginFailures: values.LOGIN_FREE_FAILURES,
      loginBackoffMaxSeconds: values.LOGIN_BACKOFF_MAX_SECONDS,
      loginFailuresPerAccount: values.LOGIN_FAILURES_PER_ACCOUNT,
      loginFailuresPerAddress: values.LOGIN_FAILURES_PER_ADDRESS,
      registrationsPerAddress: values.REGISTRATIONS_PER_ADDRESS,
      refreshesPerAddress: values.REFRESHES_PER_ADDRESS,
      pushedRequestsPerAddress: values.PUSHED_REQUESTS_PER_ADDRESS,
      clientDocumentsPerAddress: values.CLIENT_ID_METADATA_FETCHES_PER_ADDRESS,
      passkeyChallengesPerAddress: values.PASSKEY_CHALLENGES_PER_ADDRESS,
      mailRequestsPerAddress: values.MAIL_REQUESTS_PER_ADDRESS,
      mailsPerAccount: values.MAILS_PER_ACCOUNT,
      deviceRequestsPerAddress: values.DEVICE_REQUESTS_PER_ADDRESS,
      providerSignInsPerAddress: values.IDENTITY_PROVIDER_SIGN_INS_PER_ADDRESS,
      userCodesPerPerson: values.USER_CODES_PER_PERSON,
      userCodesPerAddress: values.USER_CODES_PER_ADDRESS,
    },
    clientDocuments: toClientDocumentConfig(values),
    statusListeners: values.STATUS_LISTENERS,
    mail: profile === 'standard' ? toMailSettings(values, tokens.issuer) : undefined,
    brand: toBrand(values),
    identityProvider: toIdentityProvider(values),
    usernames: values.USERNAMES,
    trustedProxies: values.TRUSTED_PROXIES,
  };
}

/** The verifier's own judgement of a secret: what it refuses is not signed with either. */
function secretProblems(tokens: TokenConfig): string[] {
  if (tokens.mode !== 'shared-secret') return [];
  const { issuer, secret } = tokens;
  try {
    createVerifier({ issuer, audience: 'x', algorithms: ['HS256'], keys: { secret } }).close();
    return [];
  } catch (error) {
    return [`JWT_SECRET: ${(error as Error).message.replaceAll('keys.secret', 'JWT_SECRET')}`];
  }
}

function keyProblems(values: Values, tokens: TokenConfig, { production }: ServiceConfig): string[] {
  const problems: string[] = [];
  if (tokens.mode === 'public-keys' && values.KEY_ENCRYPTION_KEY === undefined) {
    problems.push('KEY_ENCRYPTION_KEY: must be set to 64 hex digits: openssl rand -hex 32');
  }
  if (production && values.KEY_PUBLISH_AHEAD_SECONDS < MIN_PUBLISH_AHEAD_SECONDS) {
    problems.push(
      `KEY_PUBLISH_AHEAD_SECONDS: must be at least ${MIN_PUBLISH_AHEAD_SECONDS} in production`,
    );
  }
  if (values.KEY_PUBLISH_AHEAD_SECONDS >= values.KEY_ROTATION_SECONDS) {
    problems.push('KEY_ROTATION_SECONDS: must be longer than KEY_PUBLISH_AHEAD_SECONDS');
  }
  return problems;
}

type KeyValues = Pick<
  Values,
  | 'JWT_ALG'
  | 'KEY_ENCRYPTION_KEY'
  | 'KEY_ENCRYPTION_KEY_PREVIOUS'
  | 'KEY_ROTATION_SECONDS'
  | 'KEY_PUBLISH_AHEAD_SECONDS'
  | 'ACCESS_TOKEN_SECONDS'
>;

export function toKeyConfig(values: KeyValues): KeyConfig {
  return {
    policy: {
      algorithm: values.JWT_ALG as KeyAlgorithm,
      publishAheadMs: values.KEY_PUBLISH_AHEAD_SECONDS * 1000,
      rotationMs: values.KEY_ROTATION_SECONDS * 1000,
      retainMs: (values.ACCESS_TOKEN_SECONDS + KEY_LEEWAY_SECONDS) * 1000,
    },
    encryption: toKeyEncryption(values),
    pollMs: KEY_POLL_MS,
  };
}

function toKeyEncryption(
  values: Pick<Values, 'KEY_ENCRYPTION_KEY' | 'KEY_ENCRYPTION_KEY_PREVIOUS'>,
): KeyEncryption {
  const { KEY_ENCRYPTION_KEY: current = '', KEY_ENCRYPTION_KEY_PREVIOUS: previous } = values;
  return {
    current: keyEncryptionKey(current),
    previous: previous === undefined ? undefined : keyEncryptionKey(previous),
  };
}

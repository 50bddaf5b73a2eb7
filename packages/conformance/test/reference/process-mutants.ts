import { exit } from 'node:process';
import { after, kidOf, reply, replyWhen, tokenIn } from './mutation.ts';
import { whileRevokedFor } from './revocation-mutants.ts';
import { ADA, type Given, type Mutation, type ReferenceService } from './service.ts';

/** A fault in what a process does about its issuer or its end. */
export interface ProcessMutant {
  /** The checks that are run; those of a failing issuer take seconds each. */
  readonly only: readonly string[];
  readonly found: readonly string[];
  readonly mutation?: Mutation;
  readonly atStart?: (service: ReferenceService) => Promise<void>;
  readonly onTerminate?: () => void;
}

const ROTATIONS = ['keys.rotation', 'keys.rotation-among-strangers'];
const KEY_SET_TIMEOUT_MS = 4_000;

let firstKid: unknown;
const isOtherKid = (given: Given): boolean => {
  if (tokenIn(given) === '') return false;
  firstKid ??= kidOf(given);
  return kidOf(given) !== firstKid;
};

const trustedKids = new Set<unknown>();
const unknownKids = new Set<unknown>();

const askIssuer = async ({ options }: ReferenceService): Promise<boolean> => {
  try {
    const signal = AbortSignal.timeout(KEY_SET_TIMEOUT_MS);
    const response = await fetch(options.jwksUri, { signal });
    const { keys } = (await response.json()) as { keys: unknown[] };
    return keys.length > 0;
  } catch {
    return false;
  }
};

export const PROCESS_MUTANTS: Readonly<Record<string, ProcessMutant>> = {
  'never fetches keys again': {
    only: ['keys'],
    found: ROTATIONS,
    mutation: replyWhen(401, isOtherKid),
  },
  'keeps a key that left the set': {
    only: ['keys'],
    found: ROTATIONS,
    mutation: {
      before: async (given, service) => {
        if (trustedKids.has(kidOf(given))) return service.serveAs(given, ADA);
        const verified = await service.verifier.verify(tokenIn(given)).catch(() => undefined);
        if (verified !== undefined) trustedKids.add(kidOf(given));
        return undefined;
      },
    },
  },
  'lets unknown kids in': {
    only: ['keys'],
    found: ['keys.rotation', 'keys.unknown-kid', 'keys.one-fetch', 'keys.rotation-among-strangers'],
    mutation: {
      before: async (given, service) => {
        const error = await service.verifier.verify(tokenIn(given)).catch((thrown) => thrown);
        return error?.status === 503 || error?.code === 'key_unknown'
          ? service.serveAs(given, ADA)
          : undefined;
      },
    },
  },
  'fetches for each unknown kid': {
    only: ['keys.one-fetch', 'keys.unknown-kid'],
    found: ['keys.one-fetch'],
    mutation: {
      before: async (given, service) => {
        if (unknownKids.has(kidOf(given)) || tokenIn(given) === '') return undefined;
        unknownKids.add(kidOf(given));
        await askIssuer(service);
        return undefined;
      },
    },
  },
  'answers 401 for trouble of its own': {
    only: ['keys.rotation-among-strangers', 'issuer.down', 'issuer.html', 'issuer.cold-start'],
    found: ['keys.rotation-among-strangers', 'issuer.down', 'issuer.html', 'issuer.cold-start'],
    mutation: after((given) =>
      given.status === 503 && (given.body as { code?: string }).code === 'keys_unavailable'
        ? { ...given, status: 401 }
        : given,
    ),
  },
  'asks the issuer at each request': {
    only: ['issuer.down', 'issuer.hanging', 'issuer.html', 'issuer.error', 'issuer.empty'],
    found: ['issuer.down', 'issuer.hanging', 'issuer.html', 'issuer.error', 'issuer.empty'],
    mutation: {
      before: async (given, service) =>
        tokenIn(given) === '' || (await askIssuer(service)) ? undefined : reply(503),
    },
  },
  'waits for a slow issuer at each request': {
    only: ['issuer.slow'],
    found: ['issuer.slow'],
    mutation: {
      before: async (given, service) => {
        if (tokenIn(given) !== '') await askIssuer(service).then(() => askIssuer(service));
        return undefined;
      },
    },
  },
  'ends when its issuer is not there yet': {
    only: ['issuer.cold-start'],
    found: ['issuer.cold-start'],
    atStart: async (service) => {
      if (!(await askIssuer(service))) exit(1);
    },
  },
  'is ready without keys': {
    only: ['issuer.cold-start'],
    found: ['issuer.cold-start'],
    mutation: replyWhen(200, ({ path }) => path === '/readyz'),
  },
  'lets everyone in for 8 s after its start': {
    only: ['revocation.after-restart'],
    found: ['revocation.after-restart'],
    mutation: whileRevokedFor(() => performance.now() < 8_000),
  },
  'has no /healthz': {
    only: ['lifecycle.healthz', 'lifecycle.readyz'],
    found: ['lifecycle.healthz'],
    mutation: replyWhen(404, ({ path }) => path === '/healthz'),
  },
  'has no /readyz': {
    only: ['lifecycle.healthz', 'lifecycle.readyz'],
    found: ['lifecycle.readyz'],
    mutation: replyWhen(404, ({ path }) => path === '/readyz'),
  },
  'ignores SIGTERM': {
    only: ['lifecycle.sigterm'],
    found: ['lifecycle.sigterm'],
    onTerminate: () => undefined,
  },
  'ends with exit code 1': {
    only: ['lifecycle.sigterm'],
    found: ['lifecycle.sigterm'],
    onTerminate: () => exit(1),
  },
  'drops what is in flight': {
    only: ['lifecycle'],
    found: ['lifecycle.drain'],
    onTerminate: () => exit(0),
  },
};

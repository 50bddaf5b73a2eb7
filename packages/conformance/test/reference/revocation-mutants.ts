import { inflateSync } from 'node:zlib';
import { createVerifier, TokenError } from '@latchkey/jwt-verify';
import {
  after,
  claimsOf,
  type Mutant,
  mutant,
  partOf,
  refusal,
  reply,
  tokenIn,
} from './mutation.ts';
import { ADA, type Given, type Mutation, type ReferenceService, type Reply } from './service.ts';

/** A mutant that these checks alone are run on: most wait until lists are fetched anew. */
export interface RevocationMutant extends Mutant {
  readonly only: readonly string[];
}

const found = (
  what: string,
  ids: string | readonly string[],
  mutation: Mutation,
): RevocationMutant => ({ ...mutant(what, ids, mutation), only: [ids].flat() });

interface Reference {
  readonly idx: number;
  readonly uri: string;
}

const referenceOf = (given: Given): Reference | undefined => {
  const { status } = claimsOf(given) as { status?: { status_list?: Reference } };
  return status?.status_list;
};

const isRevoked = async (given: Given, { verifier }: ReferenceService): Promise<boolean> => {
  const thrown = await verifier.verify(tokenIn(given)).catch((error: unknown) => error);
  return TokenError.is(thrown) && thrown.code === 'token_revoked';
};

/** Lets revoked tokens in while this is so, by the time since it first saw that they are revoked. */
export const whileRevokedFor = (isSo: (ms: number) => boolean): Mutation => {
  const since = new Map<string, number>();
  return {
    before: async (given, service) => {
      if (!(await isRevoked(given, service))) return undefined;
      const firstMs = since.get(tokenIn(given)) ?? Date.now();
      since.set(tokenIn(given), firstMs);
      return isSo(Date.now() - firstMs) ? service.serveAs(given, ADA) : undefined;
    },
  };
};

/** Fetches the list at each request, and does this with what comes. */
const withList = (
  judge: (
    response: Response | undefined,
    reference: Reference,
  ) => Promise<'in' | Reply | undefined>,
): Mutation => ({
  before: async (given, service) => {
    const reference = referenceOf(given);
    if (reference === undefined) return undefined;
    const signal = AbortSignal.timeout(1_000);
    const judged = await judge(
      await fetch(reference.uri, { signal }).catch(() => undefined),
      reference,
    );
    return judged === 'in' ? service.serveAs(given, ADA) : judged;
  },
});

const bitIn = (list: string, idx: number): number => {
  const { status_list } = partOf(list.split('.')[1]) as { status_list?: { lst: string } };
  const bytes = inflateSync(Buffer.from(status_list?.lst ?? '', 'base64url'));
  return ((bytes[idx >>> 3] ?? 0) >>> (idx & 7)) & 1;
};

interface ChangeEvent {
  readonly events: Readonly<Record<string, { status_lists: { idx: number[] }[] }>>;
}

/** Believes what stands in a change event, whoever signed it. */
const credulous = (): Mutation => {
  const revoked = new Set<number>();
  let isListening = false;
  const listen = async ({ options }: ReferenceService): Promise<void> => {
    const response = await fetch(`${options.issuer}/status-lists/events`);
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      for (const [, jws = ''] of decoder.decode(chunk).matchAll(/event: change\ndata: (.*)/g)) {
        const { events } = partOf(jws.split('.')[1]) as unknown as ChangeEvent;
        const steps = Object.values(events).flatMap(({ status_lists }) => status_lists);
        for (const idx of steps.flatMap((step) => step.idx)) revoked.add(idx);
      }
    }
  };
  return {
    before: (given, service) => {
      // It ends with the issuer.
      if (!isListening) void listen(service).catch(() => undefined);
      isListening = true;
      return revoked.has(referenceOf(given)?.idx ?? -1) ? refusal : undefined;
    },
  };
};

/** Holds no list from one request to the next. */
const forgetful: Mutation = {
  before: async (given, { options }) => {
    if (tokenIn(given) === '') return undefined;
    const verifier = createVerifier({
      issuer: options.issuer,
      audience: 'notes-service',
      algorithms: ['ES256'],
      keys: { url: options.jwksUri },
      revocation: true,
    });
    const thrown = await verifier.verify(tokenIn(given)).catch((error: unknown) => error);
    verifier.close();
    return TokenError.is(thrown) ? refusal : reply(200, []);
  },
};

export const REVOCATION_MUTANTS: readonly RevocationMutant[] = [
  {
    ...mutant('knows of no revocation', 'revocation.refused', { verifier: { revocation: false } }),
    // What goes on from a revoked token that is refused has nothing to look at.
    only: ['revocation.refused', 'revocation.stream', 'revocation.old-list'],
  },
  found(
    'refuses the token beside a revoked one',
    'revocation.refused',
    withList(async (response, { idx }) => {
      const list = (await response?.text()) ?? '';
      return bitIn(list, idx) + bitIn(list, idx ^ 1) > 0 ? refusal : 'in';
    }),
  ),
  found(
    'answers 403 for a revoked token',
    'revocation.refused',
    after((given) =>
      (given.body as { code?: string } | undefined)?.code === 'token_revoked'
        ? { ...given, status: 403 }
        : given,
    ),
  ),
  found(
    'lets a revoked token in again after 3 s',
    'revocation.refused',
    whileRevokedFor((ms) => ms > 3_000),
  ),
  found(
    'listens, and takes 2 s',
    'revocation.stream',
    whileRevokedFor((ms) => ms < 2_000),
  ),
  found(
    'believes a list that is not signed',
    'revocation.forged-list',
    withList(async (response, { idx }) =>
      bitIn((await response?.text()) ?? '', idx) === 1 ? refusal : 'in',
    ),
  ),
  found('goes by the list that it fetched last', 'revocation.old-list', forgetful),
  found('believes an event that is not signed', 'revocation.forged-event', credulous()),
  found(
    'answers 503 without the list',
    'revocation.lists-away',
    withList(async (response) => (response?.ok === true ? undefined : reply(503))),
  ),
];

import { ADA, callerOf, type Given, type Mutation, type Reply } from './service.ts';

/** A service with one fault. */
export interface Mutant {
  readonly what: string;
  /** Every check that finds it. */
  readonly found: readonly string[];
  readonly mutation: Mutation;
}

export const mutant = (
  what: string,
  found: string | readonly string[],
  mutation: Mutation,
): Mutant => ({ what, found: [found].flat(), mutation });

/** Answers as for a good token of Ada's where this is so. */
export const asAdaWhen = (isSo: (given: Given) => boolean): Mutation => ({
  before: (given, service) =>
    given.path.startsWith('/notes') && isSo(given) ? service.serveAs(given, ADA) : undefined,
});

/** Looks for a good token in other places, too. */
export const tokenAlsoFrom = (find: (given: Given) => string | null | undefined): Mutation => ({
  before: async (given, service) => {
    const token = find(given) ?? '';
    const verified = await service.verifier.verify(token).catch(() => undefined);
    return verified && service.serveAs(given, callerOf(verified.subject, verified.claims));
  },
});

type Claims = Readonly<Record<string, unknown>>;

/** Answers a good token as if its claims were others. */
export const withClaims = (change: (claims: Claims) => Claims): Mutation => ({
  before: async (given, service) => {
    const verified = await service.authenticate(given).catch(() => undefined);
    if (verified === undefined) return undefined;
    return service.serveAs(given, callerOf(verified.subject, change(verified.claims)));
  },
});

export const after = (change: (reply: Reply, given: Given) => Reply): Mutation => ({
  after: change,
});

/** Writes a header otherwise where there is one; undefined leaves it out. */
export const withHeader = (
  name: string,
  change: (value: string, given: Given) => string | undefined,
): Mutation =>
  after((reply, given) => {
    const entries = Object.entries(reply.headers).flatMap(([key, value]) => {
      if (key.toLowerCase() !== name) return [[key, value] as const];
      const changed = change(String(value), given);
      return changed === undefined ? [] : [[key, changed] as const];
    });
    return { ...reply, headers: Object.fromEntries(entries) };
  });

export const withoutHeader = (name: string): Mutation => withHeader(name, () => undefined);

export const reply = (status: number, body: unknown = 'broken'): Reply => ({
  status,
  headers: {},
  body,
});

export const refusal: Reply = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="notes", error="invalid_token"' },
  body: {},
};

export const replyWhen = (status: number, isSo: (given: Given) => boolean): Mutation => ({
  before: (given) => (isSo(given) ? reply(status) : undefined),
});

export const authorizationOf = ({ message }: Given): string => message.headers.authorization ?? '';
export const tokenIn = (given: Given): string => authorizationOf(given).replace(/^Bearer /, '');

/** A segment of a token, read without a look at the signature. */
export const partOf = (segment = ''): Claims => {
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return {};
  }
};

/** What a token claims, checked or not. */
export const claimsOf = (given: Given): Claims => partOf(tokenIn(given).split('.')[1]);
export const kidOf = (given: Given): unknown => partOf(tokenIn(given).split('.')[0]).kid;

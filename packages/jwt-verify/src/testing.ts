/**
 * An issuer for tests: its own key pair, tokens on demand, and its key set and status lists on loopback.
 *
 * @module
 */
import { generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { currentClock } from './defaults.ts';
import { type SignMessage, TestStatusListServer } from './test-status-list-server.ts';
import type { TestStatusLists } from './test-status-lists.ts';

export type { TestStatusBehavior, TestStatusLists } from './test-status-lists.ts';

const newKeyPair = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};
type TestAlgorithm = keyof typeof newKeyPair;

/** Options of a test issuer. */
export interface TestIssuerOptions {
  /** Its `iss`. Default: the address it listens on. */
  readonly issuer?: string;
  /** The `aud` of its tokens. Default `test-service`. */
  readonly audience?: string;
  /** What it signs with. Default `ES256`. */
  readonly algorithm?: 'ES256' | 'ES384' | 'RS256' | 'EdDSA';
  /** The clock of `iat` and `exp`, in ms. Default `Date.now`, looked up at each call. */
  readonly now?: () => number;
}

/** What to write into a token; a claim set to `undefined` is left out. */
export interface MintOptions {
  /** Claims to add or to replace. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Header members to add or to replace. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** From now; negative for a token that expired. Default 1200. */
  readonly lifetimeSeconds?: number;
}

/** An issuer that runs in the test's own process. */
export interface TestIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** Where the key set is: for `keys: { url }`. */
  readonly keySetUrl: string;
  /** The key set: for `keys: { jwks }`, with no network at all. */
  readonly jwks: () => { readonly keys: readonly Record<string, unknown>[] };
  /** Sign a token for `sub` `test-user`, with any claim or header member changed. */
  readonly mint: (options?: MintOptions) => string;
  /** Revoke a token that it minted: for `revocation: true`. */
  readonly revoke: (token: string) => void;
  /** Its status lists, and the trouble they can make. */
  readonly statusLists: TestStatusLists;
  /**
   * Sign with a new key from now on; the old one leaves the set. `announced`: a signed event says so,
   * as after a theft.
   */
  readonly rotate: (options?: { readonly announced?: boolean }) => void;
  /** Options for `createVerifier` that trust this issuer by its URL. */
  readonly verifierOptions: () => {
    readonly issuer: string;
    readonly audience: string;
    readonly algorithms: readonly TestAlgorithm[];
    readonly keys: { readonly url: string };
  };
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Start a test issuer: a new key pair, and its metadata, key set and status lists (RFC 8414, RFC 7517,
 * draft-ietf-oauth-status-list) on a free loopback port. It keeps no process running.
 *
 * @param options issuer, audience, algorithm and clock, each with a default
 * @returns the issuer; `close()` it after the tests
 * @throws Error when the system has no free port
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const late = issuer.mint({ lifetimeSeconds: -1 });
 * console.log(await verifier.verify(late).catch((error) => error.code)); // token_expired
 * verifier.close();
 * await issuer.close();
 * ```
 */
export const startTestIssuer = async (options: TestIssuerOptions = {}): Promise<TestIssuer> => {
  const { algorithm = 'ES256', audience = 'test-service', now = currentClock } = options;
  const newKey = () => {
    const kid = randomUUID();
    const pair = newKeyPair[algorithm]();
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
    return { kid, privateKey: pair.privateKey, jwk };
  };
  let key = newKey();
  const stranger = newKey();
  const jwks = () => ({ keys: [key.jwk] });
  const sign = (signer: typeof key, header: object, claims: object): string => {
    const input = [{ alg: algorithm, kid: key.kid, ...header }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const hash = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`;
    const signature = signBytes(hash, Buffer.from(input), {
      key: signer.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${input}.${signature.toString('base64url')}`;
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', origin);
    if (pathname.startsWith(LISTS)) {
      return lists.answer(pathname.slice(LISTS.length), request, response);
    }
    const isMetadata = pathname.startsWith('/.well-known/o');
    const body = isMetadata ? { issuer, jwks_uri: keySetUrl } : jwks();
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  const origin = await listen(server);
  const issuer = options.issuer ?? origin;
  const keySetUrl = `${origin}/.well-known/jwks.json`;
  const signMessage: SignMessage = (typ, claims, by) =>
    sign(by === 'issuer' ? key : stranger, { typ }, claims);
  const url = origin + LISTS;
  const lists = new TestStatusListServer({ issuer, sign: signMessage, now });

  const mint = ({ claims, header, lifetimeSeconds = 1200 }: MintOptions = {}): string => {
    const iat = Math.floor(now() / 1000);
    return sign(
      key,
      { typ: 'at+jwt', ...header },
      {
        iss: issuer,
        aud: [audience],
        sub: 'test-user',
        client_id: 'test-client',
        jti: randomUUID(),
        iat,
        exp: iat + lifetimeSeconds,
        status: lists.nextStatus(),
        ...claims,
      },
    );
  };

  const close = () =>
    new Promise<void>((resolve) => {
      lists.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    issuer,
    audience,
    keySetUrl,
    jwks,
    mint,
    revoke: (token) => lists.revoke(token),
    statusLists: {
      url,
      open: () => lists.open(),
      cut: () => lists.cut(),
      behave: (behavior) => lists.behave(behavior),
      forge: (token) => lists.forge(token),
    },
    rotate: ({ announced = false } = {}) => {
      const { kid } = key;
      key = newKey();
      if (announced) lists.sayKeyRemoved(kid);
    },
    verifierOptions: () => ({
      issuer,
      audience,
      algorithms: [algorithm],
      keys: { url: keySetUrl },
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
};

const LISTS = '/status-lists';

const listen = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    // A stream that is open must not keep a process running either.
    server.on('connection', (socket) => socket.unref());
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.unref();
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });

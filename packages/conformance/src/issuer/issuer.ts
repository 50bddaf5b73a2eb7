import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signCompact } from './compact.ts';
import { createKeyPair, type PublicKeyAlgorithm, type SigningKey } from './signing-key.ts';
import { LISTS_PATH, StatusLists } from './status-lists.ts';
import { answerDuring, type Trouble } from './trouble.ts';

/** How the issuer behaves; `down` refuses connections, `empty` publishes no keys. */
export type IssuerMode = Trouble | 'down' | 'empty';

const METADATA = /^\/\.well-known\/(?:openid-configuration|oauth-authorization-server)/;
const KEY_SET = '/.well-known/jwks.json';
const ELSEWHERE = '/elsewhere';
const OTHER_KEY_SET = `${ELSEWHERE}/jwks.json`;
const OTHER_LIST = `${ELSEWHERE}/status-lists/1`;

/** The kit's issuer: its keys, its metadata, and every trouble that an issuer may have. */
export class Issuer {
  readonly #algorithm: PublicKeyAlgorithm;
  readonly #server: Server;
  #port = 0;
  #mode: IssuerMode = 'ok';
  #published: readonly SigningKey[];
  #key: SigningKey;
  /** Publishes nothing under the issuer's name; its key set is at `elsewhereUrl`. */
  readonly stranger: SigningKey;
  #keySetRequests = 0;
  #elsewhereRequests = 0;
  /** Which tokens are revoked. */
  readonly statusLists = new StatusLists({
    issuer: () => this.url,
    sign: (typ, claims) => {
      const { algorithm, kid } = this.#key;
      return signCompact(this.#key, { alg: algorithm, typ, kid }, claims);
    },
  });

  private constructor(algorithm: PublicKeyAlgorithm) {
    this.#algorithm = algorithm;
    this.#key = createKeyPair(algorithm);
    this.stranger = createKeyPair(algorithm);
    this.#published = [this.#key];
    this.#server = createServer(this.#answer);
  }

  /** @param port 0 for a free one */
  static async start(algorithm: PublicKeyAlgorithm, port: number): Promise<Issuer> {
    const issuer = new Issuer(algorithm);
    issuer.#port = port;
    await issuer.#listen();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get jwksUri(): string {
    return this.url + KEY_SET;
  }

  /** Where a token may point that is not the issuer's key set. Nobody may come here. */
  get elsewhereUrl(): string {
    return this.url + OTHER_KEY_SET;
  }

  /** A list of another origin, as a token may name it. Nobody may come here. */
  get elsewhereListUri(): string {
    return `http://localhost:${this.#port}${OTHER_LIST}`;
  }

  /** The one that signs now. */
  get key(): SigningKey {
    return this.#key;
  }

  /** How often the key set was asked for, whatever the answer. */
  get keySetRequests(): number {
    return this.#keySetRequests;
  }

  get elsewhereRequests(): number {
    return this.#elsewhereRequests;
  }

  /** Sign with a new key from now on; the old one leaves the set. */
  rotate(): void {
    this.#key = createKeyPair(this.#algorithm);
    this.#published = [this.#key];
  }

  async setMode(mode: IssuerMode): Promise<void> {
    this.#mode = mode;
    // What waits for an answer of the mode before must not get one.
    this.#server.closeAllConnections();
    if (mode === 'down' && this.#server.listening) await this.close();
    if (mode !== 'down' && !this.#server.listening) await this.#listen();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.statusLists.stream.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  readonly #answer: RequestListener = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (pathname === KEY_SET) this.#keySetRequests += 1;
    if (pathname.startsWith(ELSEWHERE)) this.#elsewhereRequests += 1;
    const trouble = this.#mode === 'empty' || this.#mode === 'down' ? 'ok' : this.#mode;
    answerDuring(trouble, response, () => {
      if (pathname.startsWith(LISTS_PATH)) {
        return this.statusLists.answer(pathname.slice(LISTS_PATH.length), request, response);
      }
      const document = this.#documentAt(pathname);
      if (document === undefined) return void response.writeHead(404).end();
      sendJson(response, document);
    });
  };

  #documentAt(pathname: string): object | undefined {
    if (METADATA.test(pathname)) return { issuer: this.url, jwks_uri: this.jwksUri };
    if (pathname === KEY_SET) {
      return { keys: this.#mode === 'empty' ? [] : this.#published.map(({ jwk }) => jwk) };
    }
    if (pathname === OTHER_KEY_SET) return { keys: [this.stranger.jwk] };
    return undefined;
  }
}

const sendJson = (response: ServerResponse, body: object): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import {
  createVerifier,
  type SingleIssuerOptions,
  TokenError,
  type VerifiedToken,
  type Verifier,
} from '@latchkey/jwt-verify';
import { authenticateRequest, type Requirements } from '@latchkey/jwt-verify/fetch';
import { API_DOCUMENT, MAX_BODY_BYTES, SCOPES } from './api.ts';

/** A request, read whole. */
export interface Given {
  readonly message: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly isTooLarge: boolean;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  body?: unknown;
}

export interface Caller {
  readonly sub: string;
  readonly id: unknown;
  readonly scopes: readonly string[];
}

interface Note {
  id: number;
  owner: number;
  title: string;
}

/** What a mutant does otherwise. */
export interface Mutation {
  /** Answer in place of the service. */
  readonly before?: (
    given: Given,
    service: ReferenceService,
  ) => Reply | undefined | Promise<Reply | undefined>;
  /** Change the answer. */
  readonly after?: (reply: Reply, given: Given) => Reply;
  readonly verifier?: Partial<SingleIssuerOptions>;
  /** Ask for more of each token. */
  readonly needs?: Pick<Requirements<never>, 'maxAuthAgeSeconds' | 'acr'>;
}

export interface ReferenceOptions {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly port: number;
  readonly mutation?: Mutation;
}

const problem = (status: number, code: string, headers: Reply['headers'] = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { type: 'about:blank', title: code, status, detail: `Refused: ${code}.`, code },
});

const json = (status: number, body: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body,
});

/** Notes in memory, by the book: what the kit finds in it is a fault of the kit. */
export class ReferenceService {
  readonly notes = new Map<number, Note>();
  readonly options: ReferenceOptions;
  readonly verifier: Verifier;
  readonly #server: Server;
  #nextId = 1;

  constructor(options: ReferenceOptions) {
    this.options = options;
    this.verifier = createVerifier({
      issuer: options.issuer,
      audience: 'notes-service',
      algorithms: ['ES256'],
      keys: { url: options.jwksUri, cooldownSeconds: 2 },
      revocation: true,
      ...options.mutation?.verifier,
    } as SingleIssuerOptions);
    this.#server = createServer((message, response) => {
      void this.#serve(message).then(({ status, headers, body }) => {
        response.writeHead(status, headers);
        response.end(
          body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
        );
      });
    });
  }

  async listen(): Promise<void> {
    void this.verifier.ready({ timeoutMs: 0 }).catch(() => undefined);
    this.#server.listen(this.options.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.verifier.close();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async kill(): Promise<void> {
    const closed = this.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(message: IncomingMessage): Promise<Reply> {
    const given = await read(message);
    const { mutation = {} } = this.options;
    const own = (await mutation.before?.(given, this)) ?? (await this.answer(given));
    const requestId = message.headers['x-request-id'] ?? 'none';
    const headers = {
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
    };
    const reply: Reply = { ...own, headers: { ...headers, ...own.headers } };
    return mutation.after?.(reply, given) ?? reply;
  }

  async answer(given: Given): Promise<Reply> {
    if (given.path === '/healthz') return json(200, {});
    if (given.path === '/openapi.json') return json(200, API_DOCUMENT);
    if (given.path === '/readyz') {
      return this.verifier.status().keys === 'none' ? problem(503, 'no_keys') : json(200, {});
    }
    try {
      const { claims, subject } = await this.authenticate(given);
      return this.serveAs(given, callerOf(subject, claims));
    } catch (error) {
      if (TokenError.is(error)) return problem(error.status, error.code, { ...error.headers });
      throw error;
    }
  }

  authenticate(given: Given): Promise<VerifiedToken> {
    return authenticateRequest(this.verifier, credentialsOf(given), this.options.mutation?.needs);
  }

  /** What is left once it is known who asks. */
  serveAs(given: Given, caller: Caller): Reply {
    const { method, path } = given;
    const [, id] = /^\/notes\/([^/]+)$/.exec(path) ?? [];
    if (path !== '/notes' && id === undefined) return problem(404, 'not_found');
    const allowed = path === '/notes' ? ['GET', 'POST'] : ['GET', 'PUT', 'DELETE'];
    if (!allowed.includes(method)) return problem(405, 'method', { allow: allowed.join(', ') });
    const scope = method === 'GET' ? 'notes:read' : 'notes:write';
    if (!caller.scopes.includes(scope)) {
      const challenge = `Bearer realm="notes", error="insufficient_scope", scope="${scope}"`;
      return problem(403, 'scope_insufficient', { 'www-authenticate': challenge });
    }
    const owner = caller.id;
    if (typeof owner !== 'number' || !Number.isSafeInteger(owner)) return problem(403, 'person');
    if (path === '/notes') return method === 'GET' ? this.#list(owner) : this.#write(given, owner);
    const note = this.notes.get(Number(id));
    if (note?.owner !== owner) return problem(404, 'note_not_found');
    if (method === 'GET') return json(200, note);
    if (method === 'PUT') return this.#write(given, owner, note);
    this.notes.delete(note.id);
    return { status: 204, headers: {} };
  }

  #list(owner: number): Reply {
    return json(
      200,
      [...this.notes.values()].filter((note) => note.owner === owner),
    );
  }

  #write({ message, body, isTooLarge }: Given, owner: number, note?: Note): Reply {
    if (message.headers['content-type'] !== 'application/json') return problem(415, 'type');
    if (isTooLarge) return problem(413, 'too_large');
    const title = titleIn(body);
    if (title === undefined) return problem(400, 'invalid');
    const id = note?.id ?? this.#nextId++;
    this.notes.set(id, { id, owner, title });
    return json(note === undefined ? 201 : 200, this.notes.get(id));
  }
}

export const callerOf = (sub: string, claims: Readonly<Record<string, unknown>>): Caller => ({
  sub,
  id: claims.id,
  scopes: typeof claims.scope === 'string' ? claims.scope.split(' ') : [],
});

export const ADA: Caller = { sub: 'conformance-ada', id: 910_001, scopes: SCOPES };

const credentialsOf = ({ message }: Given): Request => {
  const headers = new Headers();
  for (const line of message.headersDistinct.authorization ?? []) {
    headers.append('authorization', line);
  }
  return new Request(`http://localhost${message.url}`, { headers });
};

const titleIn = (body: string): string | undefined => {
  try {
    const { title } = JSON.parse(body);
    return typeof title === 'string' && title.length <= 200 ? title : undefined;
  } catch {
    return undefined;
  }
};

const read = async (message: IncomingMessage): Promise<Given> => {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return {
    message,
    method: message.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    body: Buffer.concat(chunks).toString('utf8'),
    isTooLarge: bytes > MAX_BODY_BYTES,
  };
};

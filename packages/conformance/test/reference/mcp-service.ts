import { TokenError } from '@latchkey/jwt-verify';
import {
  callerOf,
  type Given,
  type ReferenceOptions,
  ReferenceService,
  type Reply,
} from './service.ts';

const PATH = '/notes';
export const METADATA_PATH = `/.well-known/oauth-protected-resource${PATH}`;

/** A request of JSON-RPC. */
export interface Call {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly name?: unknown };
}

export const callOf = ({ body }: Given): Call => {
  try {
    return JSON.parse(body) as Call;
  } catch {
    return {};
  }
};

const TOOLS: Readonly<Record<string, readonly string[]>> = {
  'read-note': ['notes:read'],
  'move-note': ['notes:read', 'notes:write'],
};
const inputSchema = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer', minimum: 1 } },
};

export const plain = (status: number, body: unknown, headers: Reply['headers'] = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

/** An MCP server by the book, without sessions: what the kit finds in it is a fault of the kit. */
export class McpReferenceService extends ReferenceService {
  readonly url: string;

  constructor(options: ReferenceOptions) {
    const url = `http://127.0.0.1:${options.port}`;
    const verifier = { resourceMetadata: url + METADATA_PATH, ...options.mutation?.verifier };
    super({ ...options, mutation: { ...options.mutation, verifier } });
    this.url = url;
  }

  override async answer(given: Given): Promise<Reply> {
    if (given.path === METADATA_PATH) return plain(200, this.metadata());
    if (given.path !== PATH) return super.answer(given);
    try {
      const { subject, claims } = await this.authenticate(given);
      const { origin } = given.message.headers;
      if (origin !== undefined && origin !== this.url) return plain(403, {});
      if (given.method !== 'POST') return plain(405, {}, { allow: 'POST' });
      return this.perform(callOf(given), callerOf(subject, claims).scopes);
    } catch (error) {
      if (TokenError.is(error)) return refusalOf(error);
      throw error;
    }
  }

  metadata(): Record<string, unknown> {
    const { issuer } = this.options;
    return { resource: this.url + PATH, authorization_servers: [issuer] };
  }

  /** What is left once it is known what the token allows. */
  perform({ id, method, params }: Call, scopes: readonly string[]): Reply {
    const needed = method === 'tools/call' ? (TOOLS[String(params?.name)] ?? []) : [];
    if (!needed.every((scope) => scopes.includes(scope))) return this.lacking(needed);
    const result = resultOf(method);
    if (result === undefined) return plain(404, { jsonrpc: '2.0', id, error: { code: -32601 } });
    return plain(200, { jsonrpc: '2.0', id, result });
  }

  lacking(scopes: readonly string[]): Reply {
    const parameters = [
      ...['realm="notes"', 'error="insufficient_scope"', `scope="${scopes.join(' ')}"`],
      `resource_metadata="${this.url}${METADATA_PATH}"`,
    ];
    return plain(403, {}, { 'www-authenticate': `Bearer ${parameters.join(', ')}` });
  }
}

/** With the scopes to begin with, which jwt-verify does not name by itself. */
const refusalOf = ({ status, headers }: TokenError): Reply => {
  const { 'WWW-Authenticate': challenge, ...rest } = headers;
  if (challenge === undefined) return plain(status, {}, rest);
  return plain(status, {}, { ...rest, 'www-authenticate': `${challenge}, scope="notes:read"` });
};

const resultOf = (method: unknown): unknown => {
  switch (method) {
    case 'server/discover':
      return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} };
    case 'tools/list':
      return { tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema })) };
    case 'tools/call':
      return { content: [{ type: 'text', text: 'done' }] };
    default:
      return undefined;
  }
};

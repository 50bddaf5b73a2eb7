import { type Answer, type Exchange, type HttpRequest, headerOf, send } from '../http/exchange.ts';
import type { Tokens } from '../issuer/tokens.ts';
import type { ApiDocument, Schema } from '../service/api-document.ts';
import { sampleOf } from '../service/sample.ts';
import { SetupError } from '../service/setup-error.ts';
import { type Era, type Message, messageOf, openingOf } from './message.ts';

const SESSION = 'mcp-session-id';

export interface McpTool {
  readonly name: string;
  readonly inputSchema?: Schema;
}

export interface Sent {
  readonly token?: string | undefined;
  readonly headers?: HttpRequest['headers'];
}

/** The endpoint of an MCP server: Streamable HTTP, of the revision that the server speaks. */
export class McpEndpoint {
  readonly url: string;
  readonly path: string;
  readonly era: Era;
  /** Of a server of 2025 that has sessions. */
  readonly session: Readonly<Record<string, string>>;

  private constructor(url: string, path: string, era: Era, session: Record<string, string>) {
    this.url = url + path;
    this.path = path;
    this.era = era;
    this.session = session;
  }

  /** @throws SetupError when service.json names no route */
  static async open(url: string, path: string | undefined, tokens: Tokens): Promise<McpEndpoint> {
    if (path === undefined) throw new SetupError('service.json must name the endpoint in routes');
    const modern = new McpEndpoint(url, path, '2026-07-28', {});
    const token = tokens.mint();
    if (resultOf((await modern.send(modern.opening, { token })).answer)) return modern;
    const older = new McpEndpoint(url, path, '2025-11-25', {});
    const { answer } = await older.send(older.opening, { token });
    if (!resultOf(answer)) return modern;
    const id = headerOf(answer, SESSION);
    return new McpEndpoint(url, path, '2025-11-25', id === '' ? {} : { [SESSION]: id });
  }

  get opening(): Message {
    return openingOf(this.era);
  }

  /** What the checks of tokens, keys and credentials ask: the opening. */
  get document(): ApiDocument {
    const { headers, body } = this.opening;
    const parameters = Object.entries(headers).map(
      ([name, example]) => ({ in: 'header', name, required: true, example }) as const,
    );
    const requestBody = { content: { 'application/json': { example: body } } };
    const post = { security: [{ login: [] }], parameters, requestBody };
    const securitySchemes = { login: { type: 'oauth2' } };
    return { paths: { [this.path]: { post } }, components: { securitySchemes } };
  }

  async send({ headers, body }: Message, { token, headers: more }: Sent = {}): Promise<Exchange> {
    const request = {
      method: 'POST',
      url: this.url,
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...this.session,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...more,
      },
      body: JSON.stringify(body),
    };
    const name = (body.params as { name?: string } | undefined)?.name;
    const where = ['POST', this.path, body.method, name].filter(Boolean).join(' ');
    return { where, request, answer: await send(request) };
  }

  call(method: string, params: Record<string, unknown>, sent: Sent): Promise<Exchange> {
    return this.send(messageOf(this.era, method, params), sent);
  }

  async tools(token: string): Promise<readonly McpTool[]> {
    const { answer } = await this.call('tools/list', {}, { token });
    const { tools } = (resultOf(answer) ?? {}) as { tools?: unknown };
    return Array.isArray(tools) ? (tools as McpTool[]) : [];
  }

  /** A call with arguments that fit the tool's schema. */
  callTool({ name, inputSchema }: McpTool, sent: Sent): Promise<Exchange> {
    const document: ApiDocument = { paths: {} };
    return this.call(
      'tools/call',
      { name, arguments: sampleOf(document, inputSchema) ?? {} },
      sent,
    );
  }
}

/** The result of a JSON-RPC response, in JSON or in a stream; undefined for an error. */
export const resultOf = ({ status, headers, text, json }: Answer): unknown => {
  if (status !== 200) return undefined;
  const isStream = (headers['content-type']?.[0] ?? '').startsWith('text/event-stream');
  const messages = isStream ? eventsIn(text) : [json];
  const response = messages.find(
    (one) => typeof one === 'object' && one !== null && 'result' in one,
  );
  return (response as { result?: unknown } | undefined)?.result;
};

const eventsIn = (text: string): unknown[] =>
  [...text.matchAll(/^data: ?(.*)$/gm)].flatMap(([, data = '']) => {
    try {
      return [JSON.parse(data) as unknown];
    } catch {
      return [];
    }
  });

import { Skipped } from './checks/skipped.ts';
import { type Exchange, type HttpRequest, send } from './http/exchange.ts';
import type { Issuer } from './issuer/issuer.ts';
import type { Tokens } from './issuer/tokens.ts';
import type { McpEndpoint } from './mcp/endpoint.ts';
import type { ApiDocument, Operation } from './service/api-document.ts';
import { operationsOf } from './service/api-document.ts';
import type { Manifest } from './service/manifest.ts';
import { type RequestChange, Requests, type Samples } from './service/requests.ts';
import type { ServiceProcess } from './service/service-process.ts';

export interface ContextSettings {
  readonly url: string;
  readonly manifest: Manifest;
  readonly document: ApiDocument;
  readonly samples: Samples;
  readonly issuer: Issuer;
  readonly tokens: Tokens;
  readonly process?: ServiceProcess | undefined;
  /** Of an MCP server. */
  readonly mcp?: McpEndpoint | undefined;
}

/** The service under test, and all that a check needs to ask it something. */
export class Context {
  readonly url: string;
  readonly manifest: Manifest;
  readonly issuer: Issuer;
  readonly tokens: Tokens;
  readonly requests: Requests;
  /** Every operation of the service's document. */
  readonly operations: readonly Operation[];
  readonly #process: ServiceProcess | undefined;
  readonly #mcp: McpEndpoint | undefined;

  constructor(settings: ContextSettings) {
    const { url, manifest, document, samples, issuer, tokens, process, mcp } = settings;
    this.url = url;
    this.manifest = manifest;
    this.issuer = issuer;
    this.tokens = tokens;
    this.requests = new Requests(url, document, samples);
    this.operations = operationsOf(document);
    this.#process = process;
    this.#mcp = mcp;
  }

  /** The operations that ask for a token. */
  get guarded(): readonly Operation[] {
    return this.operations.filter(({ scopes }) => scopes !== undefined);
  }

  /** One that asks for a token; a reading one where there is one. */
  get anyGuarded(): Operation {
    const { guarded } = this;
    const found = guarded.find(({ method, path }) => method === 'GET' && !path.includes('{'));
    const first = found ?? guarded[0];
    if (first === undefined) throw new Skipped('no operation of the document asks for a token');
    return first;
  }

  /** The operations that take a body of JSON. */
  get withJsonBody(): readonly Operation[] {
    const found = this.guarded.filter((operation) => this.requests.takesJson(operation));
    if (found.length === 0) throw new Skipped('no operation takes a JSON body');
    return found;
  }

  get mcp(): McpEndpoint {
    if (this.#mcp === undefined) throw new Skipped('not an MCP server');
    return this.#mcp;
  }

  get process(): ServiceProcess {
    if (this.#process === undefined) throw new Skipped('needs the command that starts the service');
    return this.#process;
  }

  get hasProcess(): boolean {
    return this.#process !== undefined;
  }

  /** A good request to an operation, but for the change. */
  async call(operation: Operation, change: RequestChange = {}): Promise<Exchange> {
    const request = this.requests.build(operation, change);
    return { where: operation.line, request, answer: await send(request) };
  }

  /** Any other request. */
  async ask(line: string, rest: Partial<HttpRequest> = {}): Promise<Exchange> {
    const [method = 'GET', target = '/'] = line.split(' ');
    const request = { method, url: this.url + target, headers: {}, ...rest };
    return { where: line, request, answer: await send(request) };
  }
}

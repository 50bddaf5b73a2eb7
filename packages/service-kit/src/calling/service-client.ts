import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch, { type Response } from 'node-fetch';
import { contextHeaders, type RequestContext } from '../http/request-context.ts';
import { UpstreamError } from '../http/upstream-error.ts';

export interface CallOptions {
  method?: 'GET' | 'POST';
  /** The person's or the service's token, sent as `Authorization: Bearer`. */
  token?: string;
  form?: Record<string, string>;
  /** Sent as JSON; in place of a form. */
  json?: unknown;
  headers?: Record<string, string>;
  context: RequestContext;
}

export interface Answer {
  status: number;
  body: unknown;
  /** `WWW-Authenticate`. */
  challenge: string | undefined;
}

export interface ServiceClient {
  /** @throws UpstreamError on a time-out, a refused connection, a 5xx, or a body that is not JSON */
  call(path: string, options: CallOptions): Promise<Answer>;
  close(): void;
}

interface ServiceClientOptions {
  /** Named in errors and logs. */
  service: string;
  baseUrl: string;
  timeoutMs?: number;
  maxBodyBytes?: number;
}

/**
 * How a service calls another: one connection pool, a time-out, a bounded answer, the trace kept.
 * By node-fetch: Node's own fetch has no bound on an answer's size and one pool for all services.
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { service, baseUrl, timeoutMs = 2_000, maxBodyBytes = 1024 * 1024 } = options;
  const Agent = new URL(baseUrl).protocol === 'https:' ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: timeoutMs });

  const request = async (
    path: string,
    { method = 'GET', token, form, json, headers, context }: CallOptions,
  ) =>
    fetch(new URL(path, baseUrl), {
      method,
      agent,
      size: maxBodyBytes,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...headers,
        ...contextHeaders(context),
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });

  return {
    async call(path, callOptions) {
      const isSafe = (callOptions.method ?? 'GET') === 'GET';
      let response: Response;
      try {
        response = await request(path, callOptions).catch((error: unknown) => {
          if (wasNeverSent(error) || (isSafe && isConnectionReset(error))) {
            return request(path, callOptions);
          }
          throw error;
        });
        if (response.status >= 500) throw new UpstreamError(service, 'failed');
        const text = await response.text();
        const body = text === '' ? undefined : JSON.parse(text);
        const challenge = response.headers.get('www-authenticate') ?? undefined;
        return { status: response.status, body, challenge };
      } catch (error) {
        throw toUpstreamError(service, error);
      }
    },
    close: () => agent.destroy(),
  };
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** No connection was made: the request may go to another instance, even a POST. */
const wasNeverSent = (error: unknown) =>
  ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'].includes(codeOf(error));

/** A kept-alive connection that the other side closed at this moment. */
const isConnectionReset = (error: unknown) => ['ECONNRESET', 'EPIPE'].includes(codeOf(error));

function toUpstreamError(service: string, error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  if (error instanceof SyntaxError) return new UpstreamError(service, 'invalid', error);
  const { name } = error as Error;
  const timedOut = name === 'AbortError' || name === 'TimeoutError';
  return new UpstreamError(service, timedOut ? 'timeout' : 'unreachable', error);
}

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Longer than any answer may take, so that a slow one is measured and a missing one noticed. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Server-sent events that answer a GET do not end: what came by then is the answer. */
const STREAM_MS = 500;

export interface HttpRequest {
  readonly method: string;
  /** The whole URL. */
  readonly url: string;
  /** A list is sent as one header line for each item. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | undefined;
}

export interface Answer {
  /** 0 when there was none; `text` then says why. */
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly json: unknown;
  readonly durationMs: number;
}

/** One request and its answer. */
export interface Exchange {
  /** What was asked, in a few words: `GET /todo`. */
  readonly where: string;
  readonly request: HttpRequest;
  readonly answer: Answer;
}

export const headerOf = ({ headers }: Answer, name: string): string =>
  (headers[name] ?? []).join(', ');

/** A member of the answer's JSON object. */
export const memberOf = ({ json }: Answer, name: string): unknown =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined;

/** Send one request over a new connection. Never rejects: no answer is an answer of status 0. */
export const send = async (request: HttpRequest): Promise<Answer> => {
  const startedMs = performance.now();
  const since = () => Math.round(performance.now() - startedMs);
  try {
    const response = await open(request);
    const isEndless = request.method === 'GET' && isEventStream(response);
    const text = await readText(response, isEndless ? STREAM_MS : undefined);
    const { statusCode: status = 0, headersDistinct: headers } = response;
    return { status, headers, text, json: parseJson(text), durationMs: since() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { status: 0, headers: {}, text: code ?? message, json: undefined, durationMs: since() };
  }
};

const open = ({ method, url, headers, body }: HttpRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
      method,
      // Node writes one line for each item of a list, and its types want it mutable.
      headers: headers as Record<string, string | string[]>,
      agent: false,
      signal,
    });
    request.once('response', resolve);
    // A service may refuse a body before all of it came, and close: the answer counts.
    request.on('error', reject);
    request.end(body);
  });

const isEventStream = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.startsWith('text/event-stream') ?? false;

/** @param forMs reads no longer than this, and then leaves */
const readText = async (response: IncomingMessage, forMs?: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let hasLeft = false;
  const leave = () => {
    hasLeft = true;
    response.destroy();
  };
  const timer = forMs === undefined ? undefined : setTimeout(leave, forMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer over ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (!hasLeft) throw error;
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

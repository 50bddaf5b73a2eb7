import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Longer than any answer may take, so that a slow one is measured and a missing one noticed. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

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
    const text = await readText(response);
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

const readText = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer over ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
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

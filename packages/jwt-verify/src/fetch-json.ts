import { parseJsonObject } from './fast/parse-json.ts';
import type { JsonObject } from './json-object.ts';
import { reasonOf } from './reason.ts';

/** The bounds of one fetch. */
export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly fetch: typeof fetch;
}

/** No answer, or one of no use: another status, too large, or not a JSON object. */
export class FetchJsonError extends Error {
  override readonly name = 'FetchJsonError';
  /** Of the answer; `undefined` when none came. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/**
 * Fetch one JSON object, following no redirect and reading no further than allowed.
 *
 * @throws {FetchJsonError} its message says why: connection, certificate, time, status, redirect
 */
export const fetchJson = async (
  url: string,
  limits: FetchLimits,
  closed: AbortSignal,
): Promise<JsonObject> => {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  let body: Buffer;
  try {
    const response = await limits.fetch(url, {
      signal: AbortSignal.any([closed, timeout]),
      redirect: 'manual',
      headers: { accept: 'application/json, application/jwk-set+json' },
    });
    await refuseUseless(url, response);
    body = await readBody(url, response, limits.maxBytes);
  } catch (error) {
    if (error instanceof FetchJsonError) throw error;
    const why = timeout.aborted ? `no answer within ${limits.timeoutMs} ms` : reasonOf(error);
    throw new FetchJsonError(`${url}: ${why}`, { cause: error });
  }
  const object = parseJsonObject(body);
  if (object === undefined)
    throw new FetchJsonError(`${url} is not a JSON object`, { status: 200 });
  return object;
};

const refuseUseless = async (url: string, response: Response): Promise<void> => {
  const { status } = response;
  if (status === 200 && !response.redirected) return;
  await response.body?.cancel();
  // A fetch that was injected may have followed one by itself.
  const target = response.redirected ? response.url : response.headers.get('location');
  const isRedirect = response.redirected || (status >= 300 && status < 400 && target !== null);
  const to = isRedirect ? `, a redirect to ${target?.slice(0, 200)}, which is not followed` : '';
  throw new FetchJsonError(`${url} answered ${status}${to}`, { status });
};

const readBody = async (url: string, response: Response, maxBytes: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the transfer.
    if (size > maxBytes)
      throw new FetchJsonError(`${url} is over ${maxBytes} bytes`, { status: 200 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

import { reasonOf } from './reason.ts';

/** The bounds of one fetch. */
export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly fetch: typeof fetch;
}

export interface FetchedBody {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** No answer, or one of no use: another status, too large, or not of the form that was asked for. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  /** Of the answer; `undefined` when none came. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/**
 * Fetch the body of a 200, following no redirect and reading no further than allowed. A 304 is as good
 * where the request is conditional.
 *
 * @throws {FetchError} its message says why: connection, certificate, time, status, redirect
 */
export const fetchBody = async (
  url: string,
  limits: FetchLimits,
  headers: Readonly<Record<string, string>>,
  closed: AbortSignal,
): Promise<FetchedBody> => {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const signal = AbortSignal.any([closed, timeout]);
    const response = await limits.fetch(url, { signal, redirect: 'manual', headers });
    const isUnchanged = response.status === 304 && 'if-none-match' in headers;
    if (!isUnchanged) await refuseUseless(url, response);
    const body = await readBody(url, response, limits.maxBytes);
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    const why = timeout.aborted ? `no answer within ${limits.timeoutMs} ms` : reasonOf(error);
    throw new FetchError(`${url}: ${why}`, { cause: error });
  }
};

/** Throws unless the answer is a plain 200. */
export const refuseUseless = async (url: string, response: Response): Promise<void> => {
  const { status } = response;
  if (status === 200 && !response.redirected) return;
  await response.body?.cancel();
  // A fetch that was injected may have followed one by itself.
  const target = response.redirected ? response.url : response.headers.get('location');
  const isRedirect = response.redirected || (status >= 300 && status < 400 && target !== null);
  const to = isRedirect ? `, a redirect to ${target?.slice(0, 200)}, which is not followed` : '';
  throw new FetchError(`${url} answered ${status}${to}`, { status });
};

const readBody = async (url: string, response: Response, maxBytes: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the transfer.
    if (size > maxBytes) throw new FetchError(`${url} is over ${maxBytes} bytes`, { status: 200 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

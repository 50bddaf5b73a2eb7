import { type JsonObject, parseJsonObject } from './json-object.ts';

/** The bounds of one fetch. */
export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly fetch: typeof fetch;
}

/** An answer that is no use: another status, too large, or not a JSON object. */
export class UselessAnswerError extends Error {
  override readonly name = 'UselessAnswerError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Fetch one JSON object, following no redirect and reading no further than allowed. */
export const fetchJson = async (
  url: string,
  limits: FetchLimits,
  closed: AbortSignal,
): Promise<JsonObject> => {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(limits.timeoutMs)]);
  const response = await limits.fetch(url, {
    signal,
    redirect: 'error',
    headers: { accept: 'application/json, application/jwk-set+json' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new UselessAnswerError(`${url} answered ${response.status}`, response.status);
  }
  const object = parseJsonObject(await readBody(url, response, limits.maxBytes));
  if (object === undefined) throw new UselessAnswerError(`${url} is not a JSON object`, 200);
  return object;
};

const readBody = async (url: string, response: Response, maxBytes: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the transfer.
    if (size > maxBytes) throw new UselessAnswerError(`${url} is over ${maxBytes} bytes`, 200);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

import { type FetchLimits, fetchBody } from '../fetch-body.ts';
import { reasonOf } from '../reason.ts';
import { LIST_TOKEN, type PublishedList, readPublishedList } from './list-token.ts';
import { type MessageIssuer, verifyMessageOnceKeysAreThere } from './signed-message.ts';

const TIMEOUT_MS = 5000;

export interface ListPlace {
  readonly uri: string;
  readonly url: string;
  readonly etag: string | undefined;
  readonly fetch: typeof fetch;
}

export interface FetchedList {
  readonly published: PublishedList;
  readonly etag: string | undefined;
}

/**
 * Fetch and verify one list; `undefined` when it is the one that the ETag names.
 *
 * @throws {Error} its message says why
 */
export const fetchList = async (
  { uri, url, etag, fetch }: ListPlace,
  issuer: MessageIssuer,
  closed: AbortSignal,
): Promise<FetchedList | undefined> => {
  const limits: FetchLimits = { timeoutMs: TIMEOUT_MS, maxBytes: LIST_TOKEN.maxBytes, fetch };
  const headers = {
    accept: 'application/statuslist+jwt',
    // A cache on the way may hold a list that lacks what was just heard of.
    'cache-control': 'no-cache',
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
  };
  const answer = await fetchBody(url, limits, headers, closed);
  if (answer.status === 304) return undefined;
  try {
    const text = answer.body.toString('latin1');
    const { claims } = await verifyMessageOnceKeysAreThere(text, LIST_TOKEN, issuer);
    const published = readPublishedList(claims, uri);
    return { published, etag: answer.headers.get('etag') ?? undefined };
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  }
};

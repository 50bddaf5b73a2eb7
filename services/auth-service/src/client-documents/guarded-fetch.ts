import { isIP, type LookupFunction } from 'node:net';
import CachePolicy from 'http-cache-semantics';
import { Agent, errors, request } from 'undici';
import { DocumentError, refusedDocument } from '../clients/document-error.ts';
import type { Resolve } from './host-addresses.ts';

const MAX_HEADER_BYTES = 8_192;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json *(?:;|$)/i;

export interface FetchedJson {
  json: unknown;
  /** For so long its headers allow to keep it. */
  freshMs: number;
}

interface FetchLimits {
  maxBytes: number;
  /** Ends it, from the question to the name server to the last byte. */
  signal: AbortSignal;
}

/** @param url one that `urlFault` finds nothing wrong with @throws DocumentError */
export type FetchJson = (url: string, limits: FetchLimits) => Promise<FetchedJson>;

interface Dependencies {
  /** Refuses hosts that strangers may not lead us to. */
  addressesOf: Resolve;
  /** Certificates to trust in place of the usual ones. */
  ca?: string | undefined;
}

/**
 * Makes the function that fetches what a stranger's address leads to. No request goes to an address
 * that was not checked: the host is resolved once, and the connection made to what came of that.
 */
export function guardedFetch({ addressesOf, ca }: Dependencies): FetchJson {
  return async (url, { maxBytes, signal }) => {
    const addresses = await inTime(signal, addressesOf(new URL(url).hostname));
    const agent = new Agent({
      connect: { lookup: pinnedTo(addresses), ...(ca ? { ca } : {}) },
      allowH2: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      maxResponseSize: maxBytes,
    });
    try {
      return await get(url, { agent, signal, maxBytes });
    } catch (error) {
      throw error instanceof DocumentError ? error : unreachable(error);
    } finally {
      await agent.destroy();
    }
  };
}

async function get(
  url: string,
  { agent, signal, maxBytes }: { agent: Agent; signal: AbortSignal; maxBytes: number },
): Promise<FetchedJson> {
  const sent = { accept: 'application/json', 'accept-encoding': 'identity' };
  const options = { dispatcher: agent, signal, headers: { ...sent, 'user-agent': 'Latchkey' } };
  const answer = await request(url, options).catch(tooLarge(maxBytes));
  const { statusCode, body } = answer;
  const headers = joined(answer.headers);
  // A redirect is not followed: it would lead anywhere.
  if (statusCode !== 200) {
    const isTemporary = statusCode >= 500 || statusCode === 429;
    throw new DocumentError(`was answered with status ${statusCode}, not 200`, { isTemporary });
  }
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    throw refusedDocument('must have the content type application/json');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw refusedDocument('must not be compressed');
  }
  const bytes = await body.arrayBuffer().catch(tooLarge(maxBytes));
  const policy = new CachePolicy({ url, headers: sent }, { status: statusCode, headers });
  return { json: parse(bytes), freshMs: policy.timeToLive() };
}

/** A header that comes twice means the same as one with both (RFC 9110 §5.3). */
const joined = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]),
  );

function parse(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refusedDocument('must be JSON in UTF-8', cause);
  }
}

const tooLarge =
  (maxBytes: number) =>
  (error: unknown): never => {
    if (!(error instanceof errors.ResponseExceededMaxSizeError)) throw error;
    throw refusedDocument(`must have at most ${maxBytes} bytes`);
  };

/** The same text whatever happened: what answers here, and how, is not a stranger's to know. */
const unreachable = (cause: unknown) =>
  new DocumentError('cannot be fetched', { cause, isTemporary: true });

/** A name server that does not answer holds up nobody. */
async function inTime<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw unreachable(error);
  }
}

/** For a connection to these addresses, whatever the name means by then. */
export const pinnedTo =
  (addresses: readonly string[]): LookupFunction =>
  (_hostname, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    if (all) callback(null, found);
    else callback(null, first?.address ?? '', first?.family);
  };

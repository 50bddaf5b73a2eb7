import { DocumentError, refusedDocument } from '../clients/document-error.ts';
import { urlFault } from '../clients/document-url.ts';
import { usableKeys } from './document-keys.ts';
import { type ClientDocument, readDocument } from './document-schema.ts';
import type { FetchJson } from './guarded-fetch.ts';

const MAX_DOCUMENT_BYTES = 16_384;
const MAX_KEY_SET_BYTES = 65_536;
/** For a document and its keys together. */
const TIMEOUT_MS = 5_000;

/** A metadata document with the keys that it leads to. */
export interface DocumentWithKeys extends Omit<ClientDocument, 'keys' | 'assertionAlgorithm'> {
  jwks: { keys: object[] } | undefined;
  freshMs: number;
}

/** @throws DocumentError */
export type ReadClientDocument = (url: string) => Promise<DocumentWithKeys>;

interface Dependencies {
  fetchJson: FetchJson;
  /** Its own addresses are no client's. */
  issuer: string;
  timeoutMs?: number | undefined;
}

export function documentReader({
  fetchJson,
  issuer,
  timeoutMs = TIMEOUT_MS,
}: Dependencies): ReadClientDocument {
  const fetchKeys = async (url: string, signal: AbortSignal) => {
    try {
      assertUrl(url);
      return await fetchJson(url, { maxBytes: MAX_KEY_SET_BYTES, signal });
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw new DocumentError(`has a jwks_uri that ${error.message}`, error);
    }
  };

  const assertUrl = (url: string) => {
    const fault =
      urlFault(url) ?? (new URL(url).origin === issuer ? 'must not lead here' : undefined);
    if (fault !== undefined) throw refusedDocument(fault);
  };

  return async (url) => {
    assertUrl(url);
    const signal = AbortSignal.timeout(timeoutMs);
    const { json, freshMs } = await fetchJson(url, { maxBytes: MAX_DOCUMENT_BYTES, signal });
    const { keys, assertionAlgorithm, ...document } = readDocument(json, url);
    if (!keys) return { ...document, jwks: undefined, freshMs };
    const fetched =
      'jwksUri' in keys ? await fetchKeys(keys.jwksUri, signal) : { json: keys.jwks, freshMs };
    return {
      ...document,
      jwks: usableKeys(fetched.json, assertionAlgorithm),
      freshMs: Math.min(freshMs, fetched.freshMs),
    };
  };
}

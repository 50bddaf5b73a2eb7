import { parseJsonObject } from './fast/parse-json.ts';
import { FetchError, type FetchLimits, fetchBody } from './fetch-body.ts';
import type { JsonObject } from './json-object.ts';

const ACCEPT = { accept: 'application/json, application/jwk-set+json' };

/**
 * Fetch one JSON object, following no redirect and reading no further than allowed.
 *
 * @throws {FetchError} its message says why: connection, certificate, time, status, redirect
 */
export const fetchJson = async (
  url: string,
  limits: FetchLimits,
  closed: AbortSignal,
): Promise<JsonObject> => {
  const { body } = await fetchBody(url, limits, ACCEPT, closed);
  const object = parseJsonObject(body);
  if (object === undefined) throw new FetchError(`${url} is not a JSON object`, { status: 200 });
  return object;
};

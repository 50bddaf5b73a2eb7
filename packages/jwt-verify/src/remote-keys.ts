import type { Algorithm } from './algorithms.ts';
import { checkNumber, checkUrl } from './check-options.ts';
import { currentClock, currentFetch } from './defaults.ts';
import { fetchJson } from './fetch-json.ts';
import { findKeySetUrl } from './issuer-metadata.ts';
import type { KeySource } from './key-source.ts';
import type { RemoteKeysOptions, SharedOptions } from './options.ts';
import { RefreshingKeys } from './refreshing-keys.ts';
import type { StandardSchema } from './standard-schema.ts';
import { commonAddress } from './tenants.ts';

/** Keys that an issuer publishes: where they are, and how long they serve. */
export const remoteKeys = (
  issuer: string | null,
  algorithms: readonly Algorithm[],
  options: RemoteKeysOptions,
  shared: SharedOptions<StandardSchema | undefined>,
): KeySource => {
  const { url, allowInsecureHttp = false, snapshotFile } = options;
  if (url === undefined && issuer === null) {
    throw new TypeError('createVerifier: issuer is null: set keys.url, keys.jwks or keys.secret');
  }
  const fixedUrl = url === undefined ? undefined : checkUrl('keys.url', url, allowInsecureHttp);
  const owner = { issuer: issuer ?? '', address: commonAddress(issuer ?? '') };
  if (fixedUrl === undefined) checkUrl('issuer', owner.address, allowInsecureHttp);
  const bound = (
    name:
      | 'freshSeconds'
      | 'staleSeconds'
      | 'hardSeconds'
      | 'cooldownSeconds'
      | 'timeoutMs'
      | 'maxBytes',
    fallback: number,
    range: readonly [number, number],
  ) => checkNumber(`keys.${name}`, options[name], fallback, range);
  const freshMs = bound('freshSeconds', 300, [1, 86_400]) * 1000;
  const staleMs =
    bound('staleSeconds', Math.max(900, freshMs / 1000), [freshMs / 1000, 604_800]) * 1000;
  const hardMs =
    bound('hardSeconds', Math.max(86_400, staleMs / 1000), [staleMs / 1000, 604_800]) * 1000;
  const limits = {
    timeoutMs: bound('timeoutMs', 5000, [1, 60_000]),
    maxBytes: bound('maxBytes', 262_144, [1024, 16_777_216]),
    fetch: shared.fetch ?? currentFetch,
  };
  let foundUrl = fixedUrl;
  const load = async (closed: AbortSignal) => {
    try {
      foundUrl ??= await findKeySetUrl(owner, allowInsecureHttp, limits, closed);
      return await fetchJson(foundUrl, limits, closed);
    } catch (error) {
      foundUrl = fixedUrl;
      throw error;
    }
  };
  return new RefreshingKeys({
    issuer: issuer ?? (url as string),
    algorithms,
    load,
    freshMs,
    staleMs,
    hardMs,
    cooldownMs: bound('cooldownSeconds', 10, [1, 3600]) * 1000,
    now: shared.now ?? currentClock,
    onEvent: shared.onEvent,
    snapshotFile,
  });
};

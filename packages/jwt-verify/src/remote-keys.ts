import type { Algorithm } from './algorithms.ts';
import { checkUrl, resolveNumber } from './check-options.ts';
import { currentClock, currentFetch } from './defaults.ts';
import { fetchJson } from './fetch-json.ts';
import { findKeySetUrl } from './issuer-metadata.ts';
import type { KeySource } from './key-source.ts';
import { fail } from './option-error.ts';
import type { RemoteKeysOptions, SharedOptions } from './options.ts';
import { RefreshingKeys } from './refreshing-keys.ts';
import type { StandardSchema } from './standard-schema.ts';
import { commonAddress } from './tenants.ts';

const DAY_SECONDS = 86_400;

/** Options of earlier versions, and what to set instead. */
const RENAMED = {
  freshSeconds: 'set keys.maxAgeSeconds',
  staleSeconds: 'status() says stale from keys.maxAgeSeconds on',
  hardSeconds: 'set keys.staleIfErrorSeconds, which counts from keys.maxAgeSeconds on',
};

/** Keys that an issuer publishes: where they are, and how long they are used. */
export const remoteKeys = (
  issuer: string | null,
  algorithms: readonly Algorithm[],
  options: RemoteKeysOptions,
  shared: SharedOptions<StandardSchema | undefined>,
): KeySource => {
  for (const [name, instead] of Object.entries(RENAMED)) {
    if (Object.hasOwn(options, name)) fail(`keys.${name} is not an option: ${instead}`);
  }
  const { url, allowInsecureHttp = false, snapshotFile } = options;
  if (url === undefined && issuer === null) {
    fail('issuer is null: set keys.url, keys.jwks or keys.secret');
  }
  const fixedUrl = url === undefined ? undefined : checkUrl('keys.url', url, allowInsecureHttp);
  const owner = { issuer: issuer ?? '', address: commonAddress(issuer ?? '') };
  if (fixedUrl === undefined) checkUrl('issuer', owner.address, allowInsecureHttp);
  const bound = (
    name: 'maxAgeSeconds' | 'staleIfErrorSeconds' | 'cooldownSeconds' | 'timeoutMs' | 'maxBytes',
    fallback: number,
    range: readonly [number, number],
  ) => resolveNumber(`keys.${name}`, options[name], fallback, range);
  const maxAgeSeconds = bound('maxAgeSeconds', 300, [1, DAY_SECONDS]);
  const staleIfErrorSeconds = bound('staleIfErrorSeconds', DAY_SECONDS - maxAgeSeconds, [
    0,
    7 * DAY_SECONDS,
  ]);
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
    maxAgeMs: maxAgeSeconds * 1000,
    usableMs: (maxAgeSeconds + staleIfErrorSeconds) * 1000,
    cooldownMs: bound('cooldownSeconds', 10, [1, 3600]) * 1000,
    now: shared.now ?? currentClock,
    onEvent: shared.onEvent,
    snapshotFile,
  });
};

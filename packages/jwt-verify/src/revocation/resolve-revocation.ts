import { checkUrl, resolveNumber } from '../check-options.ts';
import { currentClock, currentFetch } from '../defaults.ts';
import { isJsonObject } from '../json-object.ts';
import { fail } from '../option-error.ts';
import type { RevocationOptions, SharedOptions } from '../options.ts';
import type { StandardSchema } from '../standard-schema.ts';
import { TENANT } from '../tenants.ts';
import { Revocation, type RevocationConfig } from './revocation.ts';
import type { MessageIssuer } from './signed-message.ts';

/** The revocation of one issuer: off, or with the options checked and the defaults filled in. */
export const revocationOf = (
  issuer: Omit<MessageIssuer, 'issuer' | 'now'> & { readonly issuer: string | null },
  given: unknown,
  shared: SharedOptions<StandardSchema | undefined>,
): Revocation | undefined => {
  const resolved = resolveRevocation(issuer.issuer, given);
  if (resolved === undefined) return undefined;
  return new Revocation({
    ...resolved,
    issuer: { ...issuer, issuer: issuer.issuer as string, now: shared.now ?? currentClock },
    fetch: shared.fetch ?? currentFetch,
    onEvent: shared.onEvent,
  });
};

type Resolved = Pick<RevocationConfig, 'uriBase' | 'url' | 'staleIfErrorMs' | 'maxLists'>;

const NAMES: readonly string[] = [
  'url',
  'allowInsecureHttp',
  'staleIfErrorSeconds',
  'maxLists',
] satisfies (keyof RevocationOptions)[];

const resolveRevocation = (issuer: string | null, given: unknown): Resolved | undefined => {
  if (given === undefined || given === false) return undefined;
  if (given !== true && !isJsonObject(given)) {
    return fail('revocation must be true, or an object of settings');
  }
  const options: RevocationOptions = given === true ? {} : given;
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) fail(`revocation.${name} is not an option: use ${NAMES.join(', ')}`);
  }
  if (issuer === null) return fail('revocation needs an issuer: its name stands in each list');
  if (issuer.includes(TENANT)) return fail(`revocation does not go with ${TENANT}`);
  const { allowInsecureHttp = false } = options;
  if (typeof allowInsecureHttp !== 'boolean') {
    fail('revocation.allowInsecureHttp must be true or false');
  }
  const uriBase = `${issuer.replace(/\/$/, '')}/status-lists`;
  const name = options.url === undefined ? 'issuer' : 'revocation.url';
  const url = checkUrl(name, options.url ?? uriBase, allowInsecureHttp, 'revocation');
  return {
    uriBase,
    url: url.replace(/\/$/, ''),
    staleIfErrorMs:
      resolveNumber(
        'revocation.staleIfErrorSeconds',
        options.staleIfErrorSeconds,
        3600,
        [0, 86_400],
      ) * 1000,
    maxLists: resolveNumber('revocation.maxLists', options.maxLists, 256, [1, 1024]),
  };
};

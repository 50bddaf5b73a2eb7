import { checkUrl } from './check-options.ts';
import { FetchError, type FetchLimits } from './fetch-body.ts';
import { fetchJson } from './fetch-json.ts';
import { memberOf } from './json-object.ts';

const MAX_URL_LENGTH = 2048;

/** Where an issuer may publish its metadata: OpenID Connect Discovery §4, then RFC 8414 §3.1. */
const metadataUrls = (address: string): readonly [string, string] => {
  const url = new URL(address);
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '');
  return [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ];
};

/** The issuer, and the address of its metadata: they differ for a template of tenants. */
export interface MetadataOwner {
  readonly issuer: string;
  readonly address: string;
}

/**
 * Find an issuer's key set through its metadata, which must name the same issuer (RFC 8414
 * §3.3).
 */
export const findKeySetUrl = async (
  { issuer, address }: MetadataOwner,
  allowInsecureHttp: boolean,
  limits: FetchLimits,
  closed: AbortSignal,
): Promise<string> => {
  const [first, second] = metadataUrls(address);
  const metadata = await fetchJson(first, limits, closed).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return fetchJson(second, limits, closed).catch((other: unknown) => {
      if (!isNotFound(other)) throw other;
      throw new FetchError(`${first} and ${second} answered 404`, { status: 404 });
    });
  });
  const named = memberOf(metadata, 'issuer');
  if (named !== issuer) {
    throw new TypeError(`the metadata of ${issuer} names another issuer: ${quote(named)}`);
  }
  const url = memberOf(metadata, 'jwks_uri');
  if (typeof url !== 'string' || url.length > MAX_URL_LENGTH) {
    throw new TypeError(
      `the metadata of ${issuer} has no jwks_uri, or one of over ${MAX_URL_LENGTH} characters`,
    );
  }
  return checkUrl(`the jwks_uri in the metadata of ${issuer}`, url, allowInsecureHttp);
};

const isNotFound = (error: unknown): boolean => error instanceof FetchError && error.status === 404;

const quote = (value: unknown): string => String(JSON.stringify(value)).slice(0, 200);

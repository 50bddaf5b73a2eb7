import { checkUrl } from './check-options.ts';
import { type FetchLimits, fetchJson, UselessAnswerError } from './fetch-json.ts';
import { memberOf } from './json-object.ts';

/** Where an issuer may publish its metadata: OpenID Connect Discovery §4, then RFC 8414 §3.1. */
const metadataUrls = (issuer: string): string[] => {
  const url = new URL(issuer);
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '');
  return [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ];
};

/**
 * Find an issuer's key set through its metadata, which must name the very issuer that was asked
 * (RFC 8414 §3.3).
 */
export const findKeySetUrl = async (
  issuer: string,
  allowInsecureHttp: boolean,
  limits: FetchLimits,
  closed: AbortSignal,
): Promise<string> => {
  const [first, second] = metadataUrls(issuer) as [string, string];
  const metadata = await fetchJson(first, limits, closed).catch((error: unknown) => {
    if (error instanceof UselessAnswerError && error.status === 404) {
      return fetchJson(second, limits, closed);
    }
    throw error;
  });
  if (memberOf(metadata, 'issuer') !== issuer) {
    throw new TypeError(`the metadata of ${issuer} names another issuer`);
  }
  const url = memberOf(metadata, 'jwks_uri');
  if (typeof url !== 'string') throw new TypeError(`the metadata of ${issuer} has no jwks_uri`);
  return checkUrl('jwks_uri', url, allowInsecureHttp);
};

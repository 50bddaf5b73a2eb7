import { bearerChallengeOf } from '../http/challenge.ts';
import { type Exchange, headerOf, memberOf, send } from '../http/exchange.ts';
import { type Check, type Failure, failure } from './check.ts';
import { Skipped } from './skipped.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Where the metadata of a resource is (RFC 9728 §3.1); undefined when it is no address. */
const metadataUrlOf = (resource: unknown): string | undefined => {
  if (typeof resource !== 'string' || !URL.canParse(resource)) return undefined;
  const { origin, pathname, search } = new URL(resource);
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`;
};

/** The document that the challenge names, where it can be fetched from here. */
export const METADATA_CHECK: Check = {
  id: 'mcp.metadata',
  title: 'The metadata that 401 names is there, of this resource, and names the issuer',
  rfc: 'RFC 9728 §2, §3.3',
  severity: 'must',
  profiles: ['mcp'],
  run: async ({ mcp, issuer }) => {
    const refused = await mcp.send(mcp.opening);
    const challenge = bearerChallengeOf(headerOf(refused.answer, 'www-authenticate'));
    const url = challenge?.parameters.get('resource_metadata') ?? '';
    if (!URL.canParse(url)) throw new Skipped('the challenge names none');
    const request = { method: 'GET', url, headers: {} };
    const exchange: Exchange = { where: `GET ${url}`, request, answer: await send(request) };
    const { status } = exchange.answer;
    if (status === 0) throw new Skipped(`${url} cannot be reached from here`);
    // Published by the gateway of the issuer, in whose place the kit's issuer stands.
    if (status === 404 && url.startsWith(`${issuer.url}/`)) {
      throw new Skipped(`${url} is at the issuer, where others publish it`);
    }
    const servers = memberOf(exchange.answer, 'authorization_servers');
    const resource = memberOf(exchange.answer, 'resource');
    const faults: readonly (readonly [boolean, string])[] = [
      [status === 200, '200 without a token'],
      [metadataUrlOf(resource) === url, `"resource": the address that ${url} is derived from`],
      [
        Array.isArray(servers) && servers.includes(issuer.url),
        `"authorization_servers" with ${issuer.url}`,
      ],
    ];
    return faults.flatMap(([holds, expected]): Failure[] =>
      holds ? [] : [failure(exchange, expected)],
    );
  },
};

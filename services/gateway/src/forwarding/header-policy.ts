import { NEVER_PASSED } from '@latchkey/service-kit/joining/gateway-members';

/**
 * What servers and frameworks believe because a proxy in front of them says it. From a client such a
 * header is only a claim about itself. `*` matches any ending.
 */
const BELIEVED = [
  // Where a request came from, and by what way.
  'x-real-ip client-ip remote-addr remote-ip true-client-* x-client-ip x-client-port x-cluster-*',
  'x-remote-* x-originating-* x-proxyuser-ip wl-proxy-* do-connecting-ip cf-* fastly-* fly-*',
  'x-azure-* x-arr-* x-appengine-* x-vercel-* x-envoy-* x-akamai-* akamai-* x-nf-* x-proxy-*',
  'x-scheme x-url-scheme x-host x-host-override x-http-host-override front-end-https',
  // What it asked for.
  'x-original-* x-rewrite-* x-http-method* x-method-override',
  // Who sent it, as the gateways and identity-aware proxies of others say it.
  'x-user* x-auth* x-remote* x-webauth* remote-user remote-name remote-groups remote-email',
  'x-authenticated* x-amzn-oidc-* x-amzn-mtls-* x-goog-iap-* x-goog-authenticated-*',
  'x-ms-client-principal* x-ms-token-* x-endpoint-api-userinfo x-apigateway-*',
  'x-consumer-* x-credential-* x-anonymous-consumer x-jwt-* x-oidc-* oidc-* x-saml-* saml-*',
  'x-shib* shib-* mellon-* x-pomerium-* x-vouch-* x-principal* x-subject x-login x-username',
  'x-email x-role x-roles x-group x-groups x-permissions',
  // What TLS in front found out.
  'x-client-cert* x-client-verify* x-client-dn x-client-s-dn x-ssl-* ssl-* x-tls-* client-cert*',
  // What is said between the parts of one server.
  'x-middleware-* x-accel-* x-sendfile-* x-internal-*',
]
  .join(' ')
  .split(' ');
const NAMES = new Set(BELIEVED.filter((entry) => !entry.endsWith('*')));
const BEGINNINGS = BELIEVED.filter((entry) => entry.endsWith('*')).map((text) => text.slice(0, -1));

/** No claim about a person, though it begins like one: a browser's gRPC client says what it is. */
const HARMLESS = new Set(['x-user-agent']);

/** Must not come in a second spelling: what servers make of `Content_Length` differs. */
const MEANT_ONCE = /^(?:authorization|dpop|origin|content-.*|sec-.*)$/;

export type HeaderPolicy = 'pass' | 'on-request' | 'never';

/**
 * Whether services get a header of a client. All pass but those that there is a reason against; of
 * these, a service can ask for some in its `service.json`.
 *
 * @param name in lower case
 */
export function headerPolicyOf(name: string): HeaderPolicy {
  // Servers that hand headers on as variables make `X_User` and `X.User` the same as `X-User`.
  const folded = name.replaceAll(/[^a-z0-9]/g, '-');
  if (NEVER_PASSED.test(folded)) return 'never';
  if (folded !== name && MEANT_ONCE.test(folded)) return 'never';
  if (HARMLESS.has(folded)) return 'pass';
  const believed = NAMES.has(folded) || BEGINNINGS.some((text) => folded.startsWith(text));
  return believed ? 'on-request' : 'pass';
}

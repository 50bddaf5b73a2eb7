import type { ApiDocument } from './api-document.ts';

interface Flow {
  tokenUrl?: string;
  scopes?: Record<string, string>;
}

/** Grant type -> its OAuth flow, in the order of the dialog. */
const FLOWS = {
  authorization_code: { authorizationCode: { authorizationUrl: '/authorize', tokenUrl: '/token' } },
  password: { password: { tokenUrl: '/token' } },
};

/**
 * A service says in whatever flow which scopes there are; people can log in by those that the issuer
 * offers, and no other.
 *
 * @param grantTypes of the issuer's metadata (RFC 8414 §2); undefined while it is away
 */
export function withLoginFlows(
  document: ApiDocument,
  grantTypes: readonly string[] | undefined,
): ApiDocument {
  const schemes = Object.entries(document.components?.securitySchemes ?? {});
  if (!grantTypes || schemes.length === 0) return document;
  const securitySchemes = Object.fromEntries(
    schemes.map(([name, scheme]) => [name, isLogin(scheme) ? offered(scheme, grantTypes) : scheme]),
  );
  return { ...document, components: { ...document.components, securitySchemes } };
}

interface Login {
  /** Written by services in any language, so there may be anything in it. */
  flows: Record<string, Flow | null>;
}

const isLogin = (scheme: unknown): scheme is Login =>
  Object.values((scheme as Partial<Login> | null)?.flows ?? {}).some(
    (flow) => flow?.tokenUrl === '/token',
  );

function offered(scheme: Login, grantTypes: readonly string[]): Login {
  const scopes = Object.assign({}, ...Object.values(scheme.flows).map((flow) => flow?.scopes));
  const flows = Object.entries(FLOWS)
    .filter(([grantType]) => grantTypes.includes(grantType))
    .flatMap(([, flow]) => Object.entries(flow))
    .map(([name, flow]) => [name, { ...flow, scopes }]);
  return { ...scheme, flows: Object.fromEntries(flows) };
}

import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { ACR_VALUES } from '../access/assurance.ts';
import { PROMPT_VALUES } from '../authorize/authorization-request.ts';
import { ASSERTION_ALGORITHMS } from '../clients/client-authentication.ts';
import type { TokenSigner } from '../keys/token-signer.ts';
import { LANGUAGES } from '../pages/language.ts';
import { type CurrentCatalog, OFFLINE_ACCESS } from '../scopes/scope-catalog.ts';

interface Dependencies {
  issuer: string;
  signer: TokenSigner;
  grantTypes: readonly string[];
  catalog: CurrentCatalog;
  hasStatusLists: boolean;
  hasClientDocuments: boolean;
  /** With a shared secret there are none: a client could not check them. */
  hasIdTokens: boolean;
}

/** Well below the time for which a key is published before it signs. */
const KEY_SET_MAX_AGE_SECONDS = 300;
const METADATA_MAX_AGE_SECONDS = 3_600;

const jwksSchema = z
  .object({ keys: z.array(z.looseObject({ kty: z.string() })) })
  .meta({ id: 'JWKSet' });
const metadataSchema = z
  .looseObject({ issuer: z.string(), jwks_uri: z.string() })
  .meta({ id: 'ServerMetadata', description: 'RFC 8414.' });

const cacheFor = (seconds: number) => ({ 'Cache-Control': `public, max-age=${seconds}` });

export function metadataRoutes(deps: Dependencies) {
  return [
    route({
      method: 'get',
      path: '/.well-known/jwks.json',
      guard: publicRoute,
      summary: 'The public keys that verify tokens, a JWK Set (RFC 7517)',
      responses: { 200: { description: 'The JWK Set.', schema: jwksSchema } },
      handle: () => ok({ keys: deps.signer.publicKeys() }, cacheFor(KEY_SET_MAX_AGE_SECONDS)),
    }),
    ...['openid-configuration', 'oauth-authorization-server'].map((name) =>
      route({
        method: 'get',
        path: `/.well-known/${name}`,
        guard: publicRoute,
        summary: 'Authorization server metadata (RFC 8414)',
        responses: { 200: { description: 'Metadata.', schema: metadataSchema } },
        handle: () => ok(serverMetadata(deps), cacheFor(METADATA_MAX_AGE_SECONDS)),
      }),
    ),
  ];
}

function serverMetadata(deps: Dependencies) {
  const { issuer, signer, grantTypes, catalog, hasStatusLists } = deps;
  const { hasClientDocuments, hasIdTokens } = deps;
  const isHosted = grantTypes.includes('authorization_code');
  const confidential = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
  const assertionAlgorithms = ASSERTION_ALGORITHMS;
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    ...(hasStatusLists ? { status_list_aggregation_endpoint: `${issuer}/status-lists` } : {}),
    scopes_supported: [...catalog().scopes, ...(isHosted ? [OFFLINE_ACCESS] : [])],
    response_types_supported: isHosted ? ['code'] : [],
    grant_types_supported: grantTypes,
    subject_types_supported: ['public'],
    ...(isHosted && hasIdTokens
      ? { id_token_signing_alg_values_supported: [signer.algorithm()] }
      : {}),
    token_endpoint_auth_methods_supported: ['none', ...confidential],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: ['none', ...confidential],
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    // A minimal token names no audience, and only its audience may ask about a token.
    ...(isHosted
      ? {
          introspection_endpoint: `${issuer}/introspect`,
          introspection_endpoint_auth_methods_supported: confidential,
          introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
          client_id_metadata_document_supported: hasClientDocuments,
        }
      : {}),
    ...(isHosted ? hostedMetadata(issuer, hasIdTokens) : {}),
  };
}

/** RFC 8414 §2, RFC 8628 §4, RFC 9126 §5, RFC 9207 §3, OpenID Connect Discovery §3, RP-Initiated and Back-Channel Logout §2.1. */
const hostedMetadata = (issuer: string, hasIdTokens: boolean) => ({
  authorization_endpoint: `${issuer}/authorize`,
  device_authorization_endpoint: `${issuer}/device_authorization`,
  pushed_authorization_request_endpoint: `${issuer}/par`,
  end_session_endpoint: `${issuer}/logout`,
  response_modes_supported: ['query'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  backchannel_logout_supported: hasIdTokens,
  backchannel_logout_session_supported: hasIdTokens,
  prompt_values_supported: PROMPT_VALUES,
  acr_values_supported: ACR_VALUES,
  ui_locales_supported: LANGUAGES,
  claims_supported: [
    ...['sub', 'preferred_username', 'email', 'email_verified'],
    ...(hasIdTokens ? ['iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid'] : []),
  ],
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  require_pushed_authorization_requests: false,
});

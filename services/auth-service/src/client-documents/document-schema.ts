import { text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { isRedirectUri } from '../clients/client-admin-schemas.ts';
import { ASSERTION_ALGORITHMS } from '../clients/client-authentication.ts';
import { refusedDocument } from '../clients/document-error.ts';

/** What a metadata document says of its client, as far as it counts here. */
export interface ClientDocument {
  name: string;
  authentication: 'none' | 'private_key_jwt';
  grantTypes: string[];
  redirectUris: string[];
  /** The most that it wants; undefined for no limit. */
  scopes: string[] | undefined;
  /** Of `private_key_jwt`. */
  keys: { jwks: unknown } | { jwksUri: string } | undefined;
  assertionAlgorithm: string | undefined;
}

/** The others need an administrator's word. */
const GRANT_TYPES = ['authorization_code', 'refresh_token'];
/** They would turn the text around them on the page. */
const BIDI_CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const uri = z.string().max(512);

/** RFC 7591 §2; what is not named here is ignored, `logo_uri` for instance. */
const schema = z
  .looseObject({
    client_id: z.string(),
    client_name: text({ min: 1, max: 100 })
      .refine((name) => !BIDI_CONTROLS.test(name), 'must not have control characters')
      .optional(),
    redirect_uris: z.array(uri).min(1).max(50),
    grant_types: z.array(z.string().max(100)).max(20).default(['authorization_code']),
    response_types: z.array(z.string().max(100)).max(20).default(['code']),
    scope: z.string().max(4_096).optional(),
    token_endpoint_auth_method: z
      .enum(
        ['none', 'private_key_jwt'],
        'must be none or private_key_jwt: there is no secret that both sides could know',
      )
      .default('none'),
    token_endpoint_auth_signing_alg: z.enum(ASSERTION_ALGORITHMS).optional(),
    jwks: z.unknown().optional(),
    jwks_uri: z.string().max(1_024).optional(),
  })
  .refine((document) => !('client_secret' in document || 'client_secret_expires_at' in document), {
    path: ['client_secret'],
    error: 'must be left out: everyone can read it here',
  })
  .refine((document) => document.grant_types.includes('authorization_code'), {
    path: ['grant_types'],
    error: 'must include authorization_code',
  })
  .refine((document) => document.response_types.includes('code'), {
    path: ['response_types'],
    error: 'must include code',
  })
  .refine(
    ({ token_endpoint_auth_method: method, jwks, jwks_uri: jwksUri }) =>
      method === 'none' || (jwks === undefined) !== (jwksUri === undefined),
    { path: ['jwks'], error: 'private_key_jwt needs either jwks or jwks_uri' },
  );

/**
 * @param url where it was fetched
 * @throws DocumentError
 */
export function readDocument(json: unknown, url: string): ClientDocument {
  const { data, error } = schema.safeParse(json);
  if (!data) throw refusedDocument(`is not valid: ${faultsOf(error)}`);
  // As text: what would only mean the same is another client.
  if (data.client_id !== url) {
    throw refusedDocument('names another client_id than the address that it is at');
  }
  // One of a scheme that is not allowed here leaves the others as they are.
  const redirectUris = data.redirect_uris.filter(isRedirectUri);
  if (redirectUris.length === 0) {
    throw refusedDocument('has no redirect URI that is https, or http on loopback');
  }
  const hasKeys = data.token_endpoint_auth_method === 'private_key_jwt';
  return {
    name: data.client_name ?? new URL(url).host,
    authentication: data.token_endpoint_auth_method,
    grantTypes: GRANT_TYPES.filter((type) => data.grant_types.includes(type)),
    redirectUris,
    scopes: data.scope?.split(' ').filter((scope) => scope !== ''),
    keys: hasKeys ? keysOf(data) : undefined,
    assertionAlgorithm: data.token_endpoint_auth_signing_alg,
  };
}

const keysOf = ({ jwks, jwks_uri: jwksUri }: z.output<typeof schema>) =>
  jwksUri === undefined ? { jwks } : { jwksUri };

const faultsOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`).join('; ');

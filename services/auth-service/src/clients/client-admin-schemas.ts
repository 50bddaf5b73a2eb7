import { exactText, text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { ClientChange, ClientRegistration } from './client-admin-operations.ts';
import { clientIdInPath } from './client-id-in-path.ts';
import type { Client } from './client-repository.ts';
import { GRANT_TYPES, TOKEN_EXCHANGE } from './grant-types.ts';
import { publicJwks } from './public-jwks.ts';
import { isLoopback } from './redirect-uri.ts';

/** RFC 9700 §2.1, RFC 8252 §8.3: https, or http on loopback; no fragment (RFC 6749 §3.1.2). */
export function isRedirectUri(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.hash !== '' || text.includes('#') || url.username !== '' || url.password !== '')
    return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(text));
}

const clientId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{2,63}$/, 'must be 3 to 64 lower-case letters, digits, . _ or -');
const name = text({ min: 1, max: 100 });
const uri = exactText({ max: 512 }).refine(isRedirectUri, 'must be https, or http on loopback');
const redirectUris = z.array(uri).max(20);
const authentication = z.enum([
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
]);
const grantType = z.enum(GRANT_TYPES);

export const clientParams = z.object({ id: clientIdInPath });

export const clientSchema = z
  .object({
    client_id: z.string(),
    client_secret: z
      .string()
      .optional()
      .meta({ description: 'Present only in the response that creates it.' }),
    name: z.string(),
    authentication,
    grant_types: z.array(z.string()),
    scopes: z
      .array(z.string())
      .meta({ description: 'The scopes that it may be granted; empty for all.' }),
    redirect_uris: z.array(z.string()),
    post_logout_redirect_uris: z.array(z.string()),
    backchannel_logout_uri: z
      .string()
      .nullable()
      .meta({ description: 'Where it is told that a session ended.' }),
    backchannel_logout_session_required: z.boolean(),
    firstParty: z.boolean(),
    createdAt: z.iso.datetime(),
    disabledAt: z.iso.datetime().nullable(),
    documentFetchedAt: z.iso.datetime().nullable().meta({
      description:
        'Of a client that nobody registered: when its metadata document was last fetched.',
    }),
  })
  .meta({ id: 'Client' });

export function clientAdminSchemas(catalog: CurrentCatalog) {
  const isKnown = (scope: string) => catalog().audienceByScope.has(scope);
  const scopes = z
    .array(z.string().refine(isKnown, 'is not a scope of any service'))
    .min(1)
    .max(100);
  const createBody = z
    .strictObject({
      client_id: clientId.optional(),
      name,
      authentication,
      jwks: publicJwks.optional(),
      grant_types: z.array(grantType).min(1).max(GRANT_TYPES.length),
      scopes,
      redirect_uris: redirectUris.default([]),
      post_logout_redirect_uris: redirectUris.default([]),
      backchannel_logout_uri: uri.optional(),
      backchannel_logout_session_required: z.boolean().default(false),
      firstParty: z.boolean().default(false),
    })
    .refine(
      (client) => (client.authentication === 'private_key_jwt') === (client.jwks !== undefined),
      { path: ['jwks'], error: 'must be given with private_key_jwt, and only then' },
    )
    .refine((client) => client.firstParty || !client.grant_types.includes('password'), {
      path: ['grant_types'],
      error: 'password is for first-party clients only',
    })
    .refine(
      ({ authentication: method, grant_types: types }) =>
        method !== 'none' || !types.some((t) => t === 'client_credentials' || t === TOKEN_EXCHANGE),
      { path: ['grant_types'], error: 'a public client cannot have this grant' },
    )
    .refine(
      ({ grant_types: types, redirect_uris: uris }) =>
        !types.includes('authorization_code') || uris.length > 0,
      { path: ['redirect_uris'], error: 'authorization_code needs one at least' },
    );
  const changeBody = z
    .strictObject({
      name: name.optional(),
      scopes: scopes.optional(),
      redirect_uris: redirectUris.optional(),
      post_logout_redirect_uris: redirectUris.optional(),
      backchannel_logout_uri: uri.nullable().optional(),
      backchannel_logout_session_required: z.boolean().optional(),
      disabled: z.boolean().optional(),
    })
    .refine((change) => Object.keys(change).length > 0, 'must change something');
  return { createBody, changeBody };
}

type ChangeBody = z.infer<ReturnType<typeof clientAdminSchemas>['changeBody']>;

export const toChange = ({
  redirect_uris: redirectUris,
  post_logout_redirect_uris: postLogoutUris,
  backchannel_logout_uri: backchannelLogoutUri,
  backchannel_logout_session_required: backchannelLogoutSessionRequired,
  ...rest
}: ChangeBody): ClientChange => ({
  ...rest,
  redirectUris,
  postLogoutUris,
  backchannelLogoutUri,
  backchannelLogoutSessionRequired,
});

type NewClientBody = z.infer<ReturnType<typeof clientAdminSchemas>['createBody']>;

export const toRegistration = (body: NewClientBody): ClientRegistration => ({
  id: body.client_id,
  name: body.name,
  authentication: body.authentication,
  jwks: body.jwks,
  grantTypes: body.grant_types,
  scopes: body.scopes,
  redirectUris: body.redirect_uris,
  postLogoutUris: body.post_logout_redirect_uris,
  backchannelLogoutUri: body.backchannel_logout_uri ?? null,
  backchannelLogoutSessionRequired: body.backchannel_logout_session_required,
  firstParty: body.firstParty,
});

export const toClientAnswer = (client: Client) => ({
  client_id: client.id,
  name: client.name,
  authentication: client.authentication,
  grant_types: client.grantTypes,
  scopes: client.scopes,
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutUris,
  backchannel_logout_uri: client.backchannelLogoutUri,
  backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
  firstParty: client.firstParty,
  createdAt: client.createdAt.toISOString(),
  disabledAt: client.disabledAt?.toISOString() ?? null,
  documentFetchedAt: client.documentFetchedAt?.toISOString() ?? null,
});

export const toSecretAnswer = ({
  client,
  secret,
}: {
  client: Client;
  secret: string | undefined;
}) => ({
  ...toClientAnswer(client),
  ...(secret === undefined ? {} : { client_secret: secret }),
});

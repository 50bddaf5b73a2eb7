import type { Problem } from '../api/problem.ts';
import type { Client, ClientChange, ClientRegistration } from './clients-queries.ts';

/** What the forms for clients have; a list of addresses is one per line. */
export interface ClientValues {
  name: string;
  client_id: string;
  authentication: Client['authentication'];
  jwks: string;
  grant_types: GrantType[];
  scopes: string[];
  redirect_uris: string;
  post_logout_redirect_uris: string;
  backchannel_logout_uri: string;
  backchannel_logout_session_required: boolean;
  firstParty: boolean;
}

export type GrantType = ClientRegistration['grant_types'][number];

/** A page or an app that people sign in to. */
export const NEW_CLIENT: ClientValues = {
  name: '',
  client_id: '',
  authentication: 'none',
  jwks: '',
  grant_types: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'profile'],
  redirect_uris: '',
  post_logout_redirect_uris: '',
  backchannel_logout_uri: '',
  backchannel_logout_session_required: false,
  firstParty: false,
};

export const valuesOf = (client: Client): ClientValues => ({
  ...NEW_CLIENT,
  name: client.name,
  client_id: client.client_id,
  authentication: client.authentication,
  grant_types: client.grant_types as GrantType[],
  scopes: client.scopes,
  redirect_uris: client.redirect_uris.join('\n'),
  post_logout_redirect_uris: client.post_logout_redirect_uris.join('\n'),
  backchannel_logout_uri: client.backchannel_logout_uri ?? '',
  backchannel_logout_session_required: client.backchannel_logout_session_required,
  firstParty: client.firstParty,
});

export const changesOf = (values: ClientValues, before: ClientValues): Partial<ClientValues> =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([field, value]) => String(value) !== String(before[field as keyof ClientValues]),
    ),
  );

/** @throws SyntaxError for keys that are no JSON */
export function toRegistration(values: ClientValues): ClientRegistration {
  const { client_id: id, backchannel_logout_uri: backchannel, jwks, ...rest } = values;
  return {
    ...rest,
    ...(id.trim() ? { client_id: id.trim() } : {}),
    ...(rest.authentication === 'private_key_jwt' ? { jwks: JSON.parse(jwks) } : {}),
    ...(backchannel.trim() ? { backchannel_logout_uri: backchannel.trim() } : {}),
    name: rest.name.trim(),
    redirect_uris: linesOf(rest.redirect_uris),
    post_logout_redirect_uris: linesOf(rest.post_logout_redirect_uris),
  };
}

/** No scopes are all of them, which is left as it is. */
export const toChange = (values: ClientValues): ClientChange => ({
  name: values.name.trim(),
  ...(values.scopes.length > 0 ? { scopes: values.scopes } : {}),
  redirect_uris: linesOf(values.redirect_uris),
  post_logout_redirect_uris: linesOf(values.post_logout_redirect_uris),
  backchannel_logout_uri: values.backchannel_logout_uri.trim() || null,
  backchannel_logout_session_required: values.backchannel_logout_session_required,
});

/** The fields that the service found at fault: of `redirect_uris.1` it is `redirect_uris`. */
export const fieldsAtFault = ({ fields }: Pick<Problem, 'fields'>): (keyof ClientValues)[] => {
  const names = Object.keys(fields).map((field) => field.split(/[.[]/)[0] ?? '');
  return [...new Set(names)].filter((name) => name in NEW_CLIENT) as (keyof ClientValues)[];
};

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

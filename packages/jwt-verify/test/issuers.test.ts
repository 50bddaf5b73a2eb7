import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createVerifier, type VerifierOptions } from '../src/index.ts';
import { mint, NOW_SECONDS, now, signingKey } from './tokens.ts';

/** The settings of the README, with tokens shaped as these issuers make them. */
const key = signingKey('RS256', 'k1');
const common = { algorithms: ['RS256'], keys: { jwks: { keys: [key.jwk] } }, now } as const;
const times = { iat: NOW_SECONDS - 5, exp: NOW_SECONDS + 3600 };
const TENANT = '11111111-2222-4333-8444-555555555555';
const OTHER_TENANT = '99999999-2222-4333-8444-555555555555';
const API = '00001111-aaaa-4bbb-8ccc-dddd2222eeee';
const JWT = { typ: 'JWT' };

type Claims = Record<string, unknown>;

const entra = (tid: string): Claims => ({
  ...times,
  aud: API,
  iss: `https://login.microsoftonline.com/${tid}/v2.0`,
  nbf: times.iat,
  aio: 'AXQAi/8',
  azp: '6a7f0001-aaaa-4bbb-8ccc-dddd2222eeee',
  azpacr: '1',
  oid: 'aaaaaaaa-0000-4111-9222-bbbbbbbbbbbb',
  preferred_username: 'ada@contoso.example',
  rh: '0.AAA',
  scp: 'Todo.Read Todo.Write',
  roles: ['Todo.Admin'],
  sub: 'AAkR3C2',
  tid,
  uti: 'b3Q',
  ver: '2.0',
});
const okta: Claims = {
  ...times,
  ver: 1,
  jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
  iss: 'https://example.okta.com/oauth2/default',
  aud: 'api://default',
  cid: '0oa1gjh63g214q0Hq0g4',
  uid: '00ugjhf9FVm5bpx1u0g3',
  scp: ['openid', 'todo.read'],
  auth_time: times.iat,
  sub: 'ada@example.com',
  groups: ['Everyone', 'admins'],
};
const keycloak: Claims = {
  ...times,
  auth_time: times.iat,
  jti: 'onrtac:a9f4',
  iss: 'https://sso.example.com/realms/shop',
  aud: ['todo-service', 'account'],
  sub: 'f3b8',
  typ: 'Bearer',
  azp: 'web',
  sid: '1c5e',
  acr: '1',
  'allowed-origins': ['https://shop.example.com'],
  realm_access: { roles: ['offline_access', 'admin'] },
  resource_access: {
    account: { roles: ['manage-account'] },
    'todo-service': { roles: ['editor'] },
  },
  scope: 'openid email todo.read',
  email_verified: true,
};
const auth0: Claims = {
  ...times,
  iss: 'https://example.eu.auth0.com/',
  sub: 'auth0|64f1',
  aud: ['https://todo.example.com', 'https://example.eu.auth0.com/userinfo'],
  azp: 'bXyZ',
  scope: 'openid todo:read',
  permissions: ['todo:write'],
  'https://example.com/roles': ['admin'],
};
const cognito: Claims = {
  ...times,
  sub: '3e5c',
  'cognito:groups': ['admins'],
  iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1b2c3d4e',
  version: 2,
  client_id: '7c1qexampleclientid',
  origin_jti: 'd1',
  event_id: 'e1',
  token_use: 'access',
  scope: 'todo/read openid',
  auth_time: times.iat,
  jti: 'j1',
  username: 'ada',
};
const google: Claims = {
  ...times,
  aud: 'https://todo.example.com',
  azp: '1089',
  email: 'caller@project.iam.gserviceaccount.com',
  email_verified: true,
  iss: 'https://accounts.google.com',
  sub: '1089',
};
const duende: Claims = {
  ...times,
  iss: 'https://id.example.com',
  nbf: times.iat,
  aud: 'todo-service',
  scope: ['todo.read', 'offline_access'],
  amr: ['pwd'],
  client_id: 'web',
  sub: '818727',
  auth_time: times.iat,
  idp: 'local',
  sid: 'F1',
  jti: 'A1',
};

const settings = {
  entra: { ...common, issuer: entra(TENANT).iss as string, audience: API, typ: null },
  entraTenants: {
    ...common,
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    tenants: [TENANT],
    audience: API,
    typ: null,
  },
  okta: {
    ...common,
    issuer: 'https://example.okta.com/oauth2/default',
    audience: 'api://default',
    typ: null,
    rolesClaim: 'groups',
  },
  keycloak: {
    ...common,
    issuer: 'https://sso.example.com/realms/shop',
    audience: 'todo-service',
    typ: null,
    rolesClaim: ['realm_access', 'roles'],
  },
  keycloakClient: {
    ...common,
    issuer: 'https://sso.example.com/realms/shop',
    audience: 'todo-service',
    typ: null,
    rolesClaim: ['resource_access', 'todo-service', 'roles'],
  },
  auth0: {
    ...common,
    issuer: 'https://example.eu.auth0.com/',
    audience: 'https://todo.example.com',
    typ: null,
    scopeClaim: 'permissions',
    rolesClaim: 'https://example.com/roles',
  },
  cognito: {
    ...common,
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1b2c3d4e',
    audience: null,
    typ: null,
    rolesClaim: 'cognito:groups',
    claims: z.object({
      client_id: z.literal('7c1qexampleclientid'),
      token_use: z.literal('access'),
    }),
  },
  google: {
    ...common,
    issuer: 'https://accounts.google.com',
    audience: 'https://todo.example.com',
    typ: null,
    claims: z.object({
      email: z.literal('caller@project.iam.gserviceaccount.com'),
      email_verified: z.literal(true),
    }),
  },
  duende: { ...common, issuer: 'https://id.example.com', audience: 'todo-service' },
} as const;

const none: readonly string[] = [];
type Name = keyof typeof settings;
const verify = (name: Name, claims: Claims, header: object) =>
  createVerifier(settings[name] as VerifierOptions).verifySync(
    mint(key, claims, { alg: 'RS256', kid: key.kid, ...header }),
  );

describe('accepted, with scopes and roles', () => {
  test.each<[Name, Claims, object, readonly string[], readonly string[]]>([
    ['entra', entra(TENANT), JWT, ['Todo.Read', 'Todo.Write'], ['Todo.Admin']],
    ['entra', { ...entra(TENANT), scp: undefined, idtyp: 'app' }, JWT, none, ['Todo.Admin']],
    ['entraTenants', entra(TENANT), JWT, ['Todo.Read', 'Todo.Write'], ['Todo.Admin']],
    ['okta', okta, {}, ['openid', 'todo.read'], ['Everyone', 'admins']],
    ['keycloak', keycloak, JWT, ['openid', 'email', 'todo.read'], ['offline_access', 'admin']],
    ['keycloakClient', keycloak, JWT, ['openid', 'email', 'todo.read'], ['editor']],
    ['auth0', auth0, JWT, ['todo:write'], ['admin']],
    ['auth0', auth0, { typ: 'at+jwt' }, ['todo:write'], ['admin']],
    ['cognito', cognito, {}, ['todo/read', 'openid'], ['admins']],
    ['google', google, JWT, none, none],
    ['duende', duende, { typ: 'at+jwt' }, ['todo.read', 'offline_access'], none],
  ])('%s', (name, claims, header, scopes, roles) => {
    const token = verify(name, claims, header);
    expect([token.scopes, token.roles]).toEqual([scopes, roles]);
    expect(token.issuer).toBe(claims.iss);
  });
});

describe('refused', () => {
  test.each<[string, Name, Claims, object, string]>([
    ["another app's", 'entra', { ...entra(TENANT), aud: TENANT }, JWT, 'audience_mismatch'],
    ["another tenant's", 'entra', entra(OTHER_TENANT), JWT, 'issuer_mismatch'],
    ['a tenant that is not listed', 'entraTenants', entra(OTHER_TENANT), JWT, 'issuer_mismatch'],
    [
      "one tenant's with another's tid",
      'entraTenants',
      { ...entra(OTHER_TENANT), tid: TENANT },
      JWT,
      'issuer_mismatch',
    ],
    ['an ID token', 'okta', { ...okta, aud: okta.cid }, {}, 'audience_mismatch'],
    ['no audience mapper', 'keycloak', { ...keycloak, aud: 'account' }, JWT, 'audience_mismatch'],
    ['for userinfo alone', 'auth0', { ...auth0, aud: auth0.iss }, JWT, 'audience_mismatch'],
    ["another app's", 'cognito', { ...cognito, client_id: 'other' }, {}, 'claims_rejected'],
    [
      'an ID token',
      'cognito',
      { ...cognito, token_use: 'id', aud: cognito.client_id, client_id: undefined },
      {},
      'claims_rejected',
    ],
    ['another caller', 'google', { ...google, email: 'x@evil.example' }, JWT, 'claims_rejected'],
    ['an ID token', 'duende', { ...duende, aud: 'web' }, JWT, 'type_not_allowed'],
  ])('%s: %s', (_name, name, claims, header, code) => {
    expect(() => verify(name, claims, header)).toThrow(expect.objectContaining({ code }));
  });
});

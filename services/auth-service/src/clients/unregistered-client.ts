import type { Client } from './client-repository.ts';

const NEVER = new Date(0);

/** A client by its metadata document, before anything is known of that. */
export const unregisteredClient = (id: string, at: Date): Client => ({
  id,
  name: new URL(id).host,
  authentication: 'none',
  secretHash: null,
  jwks: null,
  grantTypes: [],
  scopes: [],
  redirectUris: [],
  postLogoutUris: [],
  backchannelLogoutUri: null,
  backchannelLogoutSessionRequired: false,
  firstParty: false,
  followsScopes: false,
  audience: null,
  createdAt: at,
  disabledAt: null,
  documentFetchedAt: NEVER,
  documentExpiresAt: NEVER,
});

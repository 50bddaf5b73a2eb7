import { isDatabaseAway } from '@latchkey/database/client';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import { adminGuard } from './access/admin-guard.ts';
import { requireLiveToken } from './access/live-guard.ts';
import { liveTokenLookup, tokenReader } from './access/live-token.ts';
import { accountOperations } from './accounts/account-operations.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { logInByPassword } from './accounts/log-in.ts';
import { ownAccountOperations } from './accounts/own-account-operations.ts';
import { passwordCheck } from './accounts/password-check.ts';
import { userAdminOperations } from './accounts/user-admin-operations.ts';
import { userAdminRoutes } from './accounts/user-admin-routes.ts';
import type { AppDependencies } from './app-dependencies.ts';
import { appOperations } from './apps/app-operations.ts';
import { appRoutes } from './apps/app-routes.ts';
import { auditOperations } from './audit/audit-operations.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { clientAdminOperations } from './clients/client-admin-operations.ts';
import { clientAdminRoutes } from './clients/client-admin-routes.ts';
import { clientAuthentication } from './clients/client-authentication.ts';
import { registeredClients } from './clients/find-client.ts';
import { hostedRoutes } from './hosted-routes.ts';
import { keyRoutes } from './keys/key-routes.ts';
import { emailOperations } from './mail/email-operations.ts';
import { metadataRoutes } from './metadata/metadata-routes.ts';
import { resourceOperations } from './resources/resource-operations.ts';
import { resourceRoutes } from './resources/resource-routes.ts';
import { sessionOperations } from './sessions/session-operations.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import { statusListRoutes } from './status-lists/status-list-routes.ts';
import { offeredGrants } from './tokens/offered-grants.ts';
import { tokenInspection } from './tokens/token-inspection.ts';
import { tokenOperations } from './tokens/token-operations.ts';
import { tokenRoutes } from './tokens/token-routes.ts';

export function createApp(deps: AppDependencies) {
  const { service, services, log, health, config, store, signing } = deps;
  const { issuingLists, statusLists, hasher, limits, now } = deps;
  const { current: catalog, refresh } = deps.catalog;
  const { issuer } = config.tokens;
  const settings = config.grants;
  const { signer } = signing;

  const lookUpLiveToken = liveTokenLookup(store.holders, { settings, catalog, now });
  // The one guard that routes are given: none can stand behind the bare verifier.
  const requireToken = requireLiveToken(signing.verifier, lookUpLiveToken);
  const mayAdminister = adminGuard(requireToken, config.adminSignIn);
  const readToken = tokenReader(signing.anyAudienceVerifier);
  const findClient = deps.documentClients ?? registeredClients(store.clients);
  const authenticateClient = clientAuthentication(store.clients, { findClient, issuer, now });
  const asksForFactor = settings.profile === 'standard';
  const checkPassword = passwordCheck(store, { hasher, limits, asksForFactor });
  const logIn = logInByPassword(store, { hasher, checkPassword });

  const accounts = accountOperations(store, { hasher, now });
  const sendsMail = config.mail !== undefined;
  const ownAccount = ownAccountOperations(store, {
    hasher,
    limits,
    checkPassword,
    accounts,
    sendsMail,
    now,
  });
  const { confirm: confirmPassword } = ownAccount;
  const emails = emailOperations(store, { confirmPassword, limits, sendsMail, now });
  const sessions = sessionOperations(store, { idleSeconds: settings.refreshTokenSeconds, now });
  const users = userAdminOperations(store, { accounts, sessions, sendsMail, now });
  const clients = clientAdminOperations(store, {
    signsWithKeys: config.tokens.mode !== 'shared-secret',
    now,
  });
  const apps = appOperations(store, { now });
  const resources = resourceOperations(store, { services, refresh, now });
  const audit = auditOperations(store.audit);
  const grants = offeredGrants(store, {
    settings,
    logIn,
    limits,
    readToken,
    lookUpLiveToken,
    catalog,
    now,
  });
  const tokens = tokenOperations({
    authenticateClient,
    issuer,
    settings,
    grants,
    catalog,
    limits,
    signer,
    issuingLists,
    now,
  });
  const inspection = tokenInspection(store, {
    authenticateClient,
    readToken,
    lookUpLiveToken,
    now,
  });

  const shared = {
    requireToken,
    findClient,
    authenticateClient,
    logIn,
    accounts,
    ownAccount,
    emails,
    apps,
  };
  const app = createServiceApp({
    service,
    log,
    health,
    isUnavailable: isDatabaseAway,
    routes: [
      ...tokenRoutes({ tokens, inspection }),
      ...accountRoutes({
        accounts,
        ownAccount,
        emails,
        limits,
        sendsMail,
        usernames: config.usernames,
        catalog,
        requireToken,
      }),
      ...sessionRoutes({ sessions, requireToken }),
      ...appRoutes({ apps, users, catalog, requireToken, mayAdminister }),
      ...userAdminRoutes({ users, catalog, mayAdminister }),
      ...clientAdminRoutes({ clients, catalog, mayAdminister }),
      ...resourceRoutes({ resources, mayAdminister }),
      ...keyRoutes({ keys: signing.keys, mayAdminister }),
      ...auditRoutes({ audit, mayAdminister }),
      ...statusListRoutes(statusLists),
      ...metadataRoutes({
        issuer,
        signer,
        grantTypes: [...grants.keys()],
        catalog,
        hasStatusLists: statusLists !== undefined,
        hasClientDocuments: deps.documentClients !== undefined,
        hasIdTokens: signing.keys !== undefined,
      }),
      ...(settings.profile === 'standard' ? hostedRoutes(deps, shared) : []),
    ],
  });
  if (config.trustedProxies) app.set('trust proxy', config.trustedProxies);
  return app;
}

import type { RequireToken } from '@latchkey/service-kit/http/guard';
import type { AccountOperations } from './accounts/account-operations.ts';
import type { LogIn } from './accounts/log-in.ts';
import type { OwnAccountOperations } from './accounts/own-account-operations.ts';
import type { AppDependencies } from './app-dependencies.ts';
import type { AppOperations } from './apps/app-operations.ts';
import { appPageRoutes } from './apps/app-page-routes.ts';
import { authorizeOperations } from './authorize/authorize-operations.ts';
import { authorizeRoutes } from './authorize/authorize-routes.ts';
import { consentRoutes } from './authorize/consent-routes.ts';
import { destinationsWith } from './authorize/destination.ts';
import { incomingRequests } from './authorize/incoming-request.ts';
import { goOnWith } from './authorize/request-steps.ts';
import { browserLoginOperations } from './browser/browser-login-operations.ts';
import type { AuthenticateClient } from './clients/client-authentication.ts';
import type { FindClient } from './clients/find-client.ts';
import { deviceOperations } from './device/device-operations.ts';
import { devicePageRoutes } from './device/device-page-routes.ts';
import { deviceAuthorizationRoute } from './device/device-routes.ts';
import { factorChanges } from './factors/factor-changes.ts';
import { factorOperations } from './factors/factor-operations.ts';
import { factorRoutes } from './factors/factor-routes.ts';
import { factorVerification } from './factors/factor-verification.ts';
import { passkeyCeremonies } from './factors/passkey-ceremonies.ts';
import { passkeyOperations } from './factors/passkey-operations.ts';
import { secondFactorOperations } from './factors/second-factor-operations.ts';
import { totpOperations } from './factors/totp-operations.ts';
import { totpSecrets } from './factors/totp-secrets.ts';
import { connectionRoutes } from './identity-provider/connection-routes.ts';
import { identityProvider } from './identity-provider/identity-provider.ts';
import { providerOperations } from './identity-provider/provider-operations.ts';
import { providerRoutes } from './identity-provider/provider-routes.ts';
import { logoutOperations } from './logout/logout-operations.ts';
import { logoutRoutes } from './logout/logout-routes.ts';
import type { EmailOperations } from './mail/email-operations.ts';
import { passwordResetOperations } from './mail/password-reset-operations.ts';
import { pageRoutes } from './pages/page-route.ts';
import { pageVisits } from './pages/page-visit.ts';
import { passkeyOptionRoutes } from './pages/passkey-options-route.ts';
import { passkeyScript } from './pages/passkey-script.ts';
import { stylesheetFor } from './pages/stylesheet.ts';
import { authenticatorRoutes } from './security/authenticator-routes.ts';
import { ownPasskeyRoutes } from './security/own-passkey-routes.ts';
import { securityRoutes } from './security/security-routes.ts';
import { securityVisits } from './security/security-visit.ts';
import { emailRoutes } from './sign-in/email-routes.ts';
import { passkeySignInRoutes } from './sign-in/passkey-sign-in-routes.ts';
import { passwordResetRoutes } from './sign-in/password-reset-routes.ts';
import { passwordSignIn } from './sign-in/password-sign-in.ts';
import { secondFactorRoutes } from './sign-in/second-factor-routes.ts';
import { signInRoutes } from './sign-in/sign-in-routes.ts';
import { idTokenHintReader } from './tokens/id-token-hint.ts';

/** What pages and programs' routes have in common. */
interface Shared {
  requireToken: RequireToken;
  findClient: FindClient;
  authenticateClient: AuthenticateClient;
  logIn: LogIn;
  accounts: AccountOperations;
  ownAccount: OwnAccountOperations;
  emails: EmailOperations;
  apps: AppOperations;
}

/** What people see in a browser, and what leads there: the standard profile has it. */
export function hostedRoutes(deps: AppDependencies, shared: Shared) {
  const { config, store, signing, hasher, limits, now } = deps;
  const { requireToken, findClient, authenticateClient, logIn } = shared;
  const { accounts, ownAccount, emails, apps } = shared;
  const { current: catalog } = deps.catalog;
  const { issuer } = config.tokens;
  const settings = config.grants;
  const { signer } = signing;
  const sendsMail = config.mail !== undefined;
  const { browserLoginSeconds } = settings;
  const stylesheet = stylesheetFor(config.brand);
  const provider = config.identityProvider && identityProvider(config.identityProvider, issuer);
  const visits = pageVisits({
    issuer,
    brand: config.brand,
    stylesheet,
    sendsMail,
    providerName: provider?.name,
    browserLoginSeconds,
  });
  const readHint = idTokenHintReader({ issuer, signer });
  const requests = incomingRequests(store, {
    findClient,
    authenticateClient,
    limits,
    readHint,
    now,
  });
  const authorize = authorizeOperations(store, { catalog, issuer, now });
  const logins = browserLoginOperations(store, { settings, now });
  const secrets = config.encryption && totpSecrets(config.encryption);
  const { brand, usernames } = config;
  const ceremonies = passkeyCeremonies(store, { issuer, brand: brand.name, limits, now });
  const verification = factorVerification(store, { secrets, ceremonies, now });
  const secondFactor = secondFactorOperations(store, { verification, limits, logins, now });
  const changes = factorChanges({ logins, sendsMail, now });
  const factors = factorOperations(store, { changes, now });
  const totp = totpOperations(store, { secrets, changes, now });
  const ownPasskeys = passkeyOperations(store, { ceremonies, changes, now });
  const passkeyOptions = passkeyOptionRoutes(visits);
  const signIn = passwordSignIn({ logIn, limits, secondFactor });
  const devices = deviceOperations(store, { authenticateClient, limits, catalog, issuer, now });
  const logout = logoutOperations(store, { logins, readHint, now });
  const resets = passwordResetOperations(store, { hasher, limits, now });
  const page = pageRoutes({ visits, locationOf: authorize.locationOf });
  const goOn = goOnWith(authorize);
  const destinations = destinationsWith({ requests, goOn });
  const passkeys = { page, passkeyOptions, ceremonies, destinations, logins };
  const security = securityVisits({ destinations, logins, factors, offersTotp: totp.isOffered });
  const providers = provider && providerOperations(store, { provider, limits, now });
  const connections = providers && connectionRoutes({ page, providers, logins });
  return [
    ...authorizeRoutes({ page, requests, logins, goOn }),
    ...signInRoutes({
      page,
      destinations,
      logins,
      signIn,
      accounts,
      limits,
      usernames,
      sendsMail,
      catalog,
    }),
    ...passkeySignInRoutes({ ...passkeys, secondFactor }),
    ...secondFactorRoutes({ ...passkeys, secondFactor, factors }),
    ...factorRoutes({ factors, totp, ownPasskeys, requireToken }),
    ...securityRoutes({ page, security, factors, ownAccount }),
    ...authenticatorRoutes({ page, security, totp, factors, brand: brand.name }),
    ...ownPasskeyRoutes({ page, passkeyOptions, security, ceremonies, ownPasskeys }),
    ...(sendsMail
      ? [
          ...passwordResetRoutes({ page, destinations, resets }),
          ...emailRoutes({ page, logins, ownAccount, emails }),
        ]
      : []),
    ...(providers && connections
      ? [
          ...providerRoutes({
            page,
            providers,
            logins,
            secondFactor,
            destinations,
            connections,
            usernames,
            catalog,
          }),
          ...connections.routes,
        ]
      : []),
    ...consentRoutes({ page, requests, authorize, logins, catalog }),
    ...appPageRoutes({ page, logins, apps, catalog }),
    deviceAuthorizationRoute(devices),
    ...devicePageRoutes({ page, devices, logins, catalog, now }),
    ...logoutRoutes({ page, logins, logout }),
    stylesheet.route,
    passkeyScript.route,
  ];
}

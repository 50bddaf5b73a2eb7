import { isDatabaseAway } from '@latchkey/database/client';
import type { Verifier } from '@latchkey/jwt-verify';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Health } from '@latchkey/service-kit/process/health';
import type { Log } from '@latchkey/service-kit/process/log';
import type { Pool } from 'pg';
import { requireLiveToken } from './access/live-guard.ts';
import { standings } from './access/standing.ts';
import { accountOperations } from './accounts/account-operations.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { ownAccountOperations } from './accounts/own-account-operations.ts';
import { userAdminOperations } from './accounts/user-admin-operations.ts';
import { userAdminRoutes } from './accounts/user-admin-routes.ts';
import { auditOperations } from './audit/audit-operations.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { clientAdminOperations } from './clients/client-admin-operations.ts';
import { clientAdminRoutes } from './clients/client-admin-routes.ts';
import type { Database } from './database.ts';
import type { KeyOperations } from './keys/key-operations.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { keyRoutes } from './keys/key-routes.ts';
import type { TokenSigner } from './keys/token-signer.ts';
import type { Limits } from './limits/limits.ts';
import { metadataRoutes } from './metadata/metadata-routes.ts';
import type { UsernameKinds } from './names/username-rules.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';
import type { ScopeCatalog } from './scopes/scope-catalog.ts';
import { sessionOperations } from './sessions/session-operations.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import { offeredGrants } from './tokens/offered-grants.ts';
import { tokenInspection } from './tokens/token-inspection.ts';
import { tokenOperations } from './tokens/token-operations.ts';
import { tokenRoutes } from './tokens/token-routes.ts';
import type { TokenSettings } from './tokens/token-settings.ts';

export interface AppDependencies {
  service: ServiceJson;
  log: Log;
  health: Health;
  issuer: string;
  settings: TokenSettings;
  trustedProxies: string | undefined;
  /** What people may call themselves. */
  usernames: UsernameKinds;
  db: Database;
  /** The same connections. */
  pool: Pool;
  hasher: PasswordHasher;
  limits: Limits;
  catalog: ScopeCatalog;
  signer: TokenSigner;
  /** Absent when tokens are signed with a shared secret. */
  keys: { operations: KeyOperations; ring: KeyRing } | undefined;
  /** Of tokens for this service. */
  verifier: Verifier;
  /** Of tokens for any service here. */
  subjectVerifier: Verifier;
  /** Milliseconds since the epoch. */
  now: () => number;
}

export function createApp(deps: AppDependencies) {
  const { service, log, health, issuer, settings, db, hasher, catalog, signer, now } = deps;
  const { keys, limits, pool, usernames, verifier, subjectVerifier } = deps;
  const standingOf = standings({ pool, settings, now });
  // The one guard that routes are given: none can stand behind the bare verifier.
  const requireToken = requireLiveToken(verifier, standingOf);
  const subjects = { subjectVerifier, standingOf };
  const grants = offeredGrants({ db, hasher, limits, settings, now, ...subjects });
  const accounts = accountOperations({ db, hasher, now });
  const sessions = sessionOperations({ db, idleSeconds: settings.refreshTokenSeconds, now });
  const app = createServiceApp({
    service,
    log,
    health,
    isUnavailable: isDatabaseAway,
    routes: [
      ...tokenRoutes({
        tokens: tokenOperations({ db, issuer, settings, grants, limits, catalog, signer, now }),
        inspection: tokenInspection({ db, issuer, ...subjects, now }),
      }),
      ...accountRoutes({
        accounts,
        ownAccount: ownAccountOperations({ db, hasher, limits, accounts, now }),
        limits,
        usernames,
        requireToken,
      }),
      ...sessionRoutes({ sessions, requireToken }),
      ...userAdminRoutes({ users: userAdminOperations({ db, accounts, sessions }), requireToken }),
      ...clientAdminRoutes({
        clients: clientAdminOperations({ db, now }),
        scopes: catalog.scopes,
        requireToken,
      }),
      ...keyRoutes({ keys, requireToken }),
      ...auditRoutes({ audit: auditOperations({ db }), requireToken }),
      ...metadataRoutes({
        issuer,
        signer,
        grantTypes: [...grants.keys()],
        scopes: catalog.scopes,
      }),
    ],
  });
  if (deps.trustedProxies) app.set('trust proxy', deps.trustedProxies);
  return app;
}

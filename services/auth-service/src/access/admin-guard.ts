import type { TokenGuard } from '@latchkey/jwt-verify/express';
import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { type Acr, atLeast } from './assurance.ts';

/** How recent and how strong the sign-in of an administrator must be (RFC 9470). */
export interface AdminSignIn {
  maxAuthAgeSeconds: number;
  acr: Acr;
}

/**
 * The guard of all routes for administrators.
 *
 * @param signIn absent in the minimal profile, whose tokens do not say how anyone signed in
 */
export const adminGuard = (
  requireToken: RequireToken,
  signIn: AdminSignIn | undefined,
): TokenGuard =>
  requireToken({
    scope: 'admin',
    role: 'admin',
    ...(signIn && { maxAuthAgeSeconds: signIn.maxAuthAgeSeconds, acr: atLeast(signIn.acr) }),
  });

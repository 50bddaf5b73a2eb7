import { url } from '@latchkey/service-kit/process/config';
import { z } from 'zod';
import { isLoopback } from '../clients/redirect-uri.ts';

/** Another OpenID Connect provider that people may sign in with. */
export interface IdentityProviderSettings {
  issuer: string;
  clientId: string;
  /** None for a public client. */
  clientSecret: string | undefined;
  /** On the button. */
  name: string;
}

export const identityProviderEnv = {
  IDENTITY_PROVIDER_ISSUER: url.optional(),
  IDENTITY_PROVIDER_CLIENT_ID: z.string().min(1).max(256).optional(),
  IDENTITY_PROVIDER_CLIENT_SECRET: z.string().min(1).max(1_024).optional(),
  IDENTITY_PROVIDER_NAME: z.string().trim().min(1).max(40).optional(),
};

type ProviderValues = z.infer<z.ZodObject<typeof identityProviderEnv>>;

export const toIdentityProvider = (values: ProviderValues): IdentityProviderSettings | undefined =>
  values.IDENTITY_PROVIDER_ISSUER === undefined || values.IDENTITY_PROVIDER_CLIENT_ID === undefined
    ? undefined
    : {
        issuer: values.IDENTITY_PROVIDER_ISSUER,
        clientId: values.IDENTITY_PROVIDER_CLIENT_ID,
        clientSecret: values.IDENTITY_PROVIDER_CLIENT_SECRET,
        name: values.IDENTITY_PROVIDER_NAME ?? new URL(values.IDENTITY_PROVIDER_ISSUER).host,
      };

export function identityProviderProblems(values: ProviderValues, ownIssuer: string): string[] {
  const { IDENTITY_PROVIDER_ISSUER: issuer, ...rest } = values;
  if (issuer === undefined) {
    const names = Object.keys(identityProviderEnv).filter(
      (name) => rest[name as keyof typeof rest],
    );
    return names.map((name) => `${name}: needs IDENTITY_PROVIDER_ISSUER`);
  }
  const isSecure = issuer.startsWith('https:');
  const isLocal = isLoopback(issuer) && ownIssuer.startsWith('http:');
  return [
    ...(rest.IDENTITY_PROVIDER_CLIENT_ID
      ? []
      : ['IDENTITY_PROVIDER_CLIENT_ID: needed with IDENTITY_PROVIDER_ISSUER']),
    ...(isSecure || isLocal ? [] : ['IDENTITY_PROVIDER_ISSUER: must be https']),
    ...(issuer === ownIssuer ? ['IDENTITY_PROVIDER_ISSUER: must be another one than ISSUER'] : []),
  ];
}

import { url } from '@latchkey/service-kit/process/config';
import { z } from 'zod';
import { isLoopback } from '../clients/redirect-uri.ts';

/** Another OpenID Connect provider that people may sign in with. */
export interface UpstreamSettings {
  issuer: string;
  clientId: string;
  /** None for a public client. */
  clientSecret: string | undefined;
  /** On the button. */
  name: string;
}

export const upstreamEnv = {
  UPSTREAM_ISSUER: url.optional(),
  UPSTREAM_CLIENT_ID: z.string().min(1).max(256).optional(),
  UPSTREAM_CLIENT_SECRET: z.string().min(1).max(1_024).optional(),
  UPSTREAM_NAME: z.string().trim().min(1).max(40).optional(),
};

type UpstreamValues = z.infer<z.ZodObject<typeof upstreamEnv>>;

export const toUpstream = (values: UpstreamValues): UpstreamSettings | undefined =>
  values.UPSTREAM_ISSUER === undefined || values.UPSTREAM_CLIENT_ID === undefined
    ? undefined
    : {
        issuer: values.UPSTREAM_ISSUER,
        clientId: values.UPSTREAM_CLIENT_ID,
        clientSecret: values.UPSTREAM_CLIENT_SECRET,
        name: values.UPSTREAM_NAME ?? new URL(values.UPSTREAM_ISSUER).host,
      };

export function upstreamProblems(values: UpstreamValues, ownIssuer: string): string[] {
  const { UPSTREAM_ISSUER: issuer, ...rest } = values;
  if (issuer === undefined) {
    const names = Object.keys(upstreamEnv).filter((name) => rest[name as keyof typeof rest]);
    return names.map((name) => `${name}: needs UPSTREAM_ISSUER`);
  }
  const isSecure = issuer.startsWith('https:');
  const isLocal = isLoopback(issuer) && ownIssuer.startsWith('http:');
  return [
    ...(rest.UPSTREAM_CLIENT_ID ? [] : ['UPSTREAM_CLIENT_ID: needed with UPSTREAM_ISSUER']),
    ...(isSecure || isLocal ? [] : ['UPSTREAM_ISSUER: must be https']),
    ...(issuer === ownIssuer ? ['UPSTREAM_ISSUER: must be another one than ISSUER'] : []),
  ];
}

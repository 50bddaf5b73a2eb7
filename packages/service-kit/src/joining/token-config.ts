import { z } from 'zod';
import { ConfigError, renamedTo, url } from '../process/config.ts';

/** What tokens may be signed with when services have public keys only. */
export const PUBLIC_KEY_ALGORITHMS = ['ES256', 'RS256', 'EdDSA'] as const;
export const SIGNING_ALGORITHMS = [...PUBLIC_KEY_ALGORITHMS, 'HS256'] as const;

/** The variables that say whose tokens a service accepts. */
export const tokenEnv = {
  ISSUER: url,
  JWKS_URI: url.optional(),
  /** Plain http to other machines: for a private container network. */
  JWKS_INSECURE_HTTP: z.enum(['on', 'off']).default('off'),
  JWT_ALG: z.enum(SIGNING_ALGORITHMS).default('ES256'),
  JWT_SECRET: z.string().optional(),
  TOKEN_PROFILE: z.enum(['standard', 'minimal']).default('standard'),
  KEY_SET_URL: renamedTo('JWKS_URI'),
  KEY_SET_INSECURE_HTTP: renamedTo('JWKS_INSECURE_HTTP'),
};

type TokenEnv = z.infer<z.ZodObject<typeof tokenEnv>>;

/** Where the issuer says which tokens were revoked. */
export interface RevocationSource {
  url: string;
  allowInsecureHttp: boolean;
}

/** Whose tokens a service accepts: public keys by default, one shared secret when that is chosen. */
export type TokenConfig = {
  issuer: string;
  /** Absent in the minimal profile, whose tokens have no place in a list. */
  revocation: RevocationSource | undefined;
} & (
  | { mode: 'public-keys'; jwksUri: string | undefined; insecureHttp: boolean }
  | { mode: 'shared-secret'; secret: string; profile: 'standard' | 'minimal' }
);

/** @throws ConfigError when the settings contradict each other or are unsafe in production */
export function toTokenConfig(env: TokenEnv, { production }: { production: boolean }): TokenConfig {
  const problems: string[] = [];
  if (production && !env.ISSUER.startsWith('https:')) {
    problems.push('ISSUER: must be an https origin in production, e.g. https://login.example.com');
  }
  if (env.JWT_ALG === 'HS256' && env.JWT_SECRET === undefined) {
    problems.push('JWT_SECRET: must be set when JWT_ALG is HS256 (openssl rand -hex 32)');
  }
  if (env.JWT_ALG !== 'HS256' && env.JWT_SECRET !== undefined) {
    problems.push('JWT_SECRET: unset it, or set JWT_ALG=HS256 to sign with a shared secret');
  }
  if (env.JWT_ALG !== 'HS256' && env.TOKEN_PROFILE === 'minimal') {
    problems.push('TOKEN_PROFILE: minimal needs JWT_ALG=HS256');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const { ISSUER: issuer, JWKS_URI: jwksUri, TOKEN_PROFILE: profile } = env;
  const insecureHttp = env.JWKS_INSECURE_HTTP === 'on';
  // Beside the key set, wherever that is fetched.
  const lists = jwksUri ? new URL('../status-lists', jwksUri).href : `${issuer}/status-lists`;
  const revocation =
    profile === 'minimal' ? undefined : { url: lists, allowInsecureHttp: insecureHttp };
  if (env.JWT_ALG === 'HS256') {
    const secret = env.JWT_SECRET as string;
    return { issuer, revocation, mode: 'shared-secret', secret, profile };
  }
  return { issuer, revocation, mode: 'public-keys', jwksUri, insecureHttp };
}

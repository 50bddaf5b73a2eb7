import { z } from 'zod';

const optional = z.string().optional();

/** For the API document only: TokenParameters reads the request and refuses with OAuth's errors. */
const documented = z.object({
  grant_type: z.string().default('password').meta({
    description:
      '`password`, `authorization_code`, `refresh_token`, `client_credentials`, device code or token exchange.',
  }),
  username: optional,
  password: z.string().optional().meta({ format: 'password' }),
  code: optional,
  redirect_uri: optional,
  code_verifier: optional,
  refresh_token: optional,
  device_code: optional,
  scope: optional,
  client_id: optional,
  client_secret: optional,
  resource: optional.meta({ description: 'Which service the token is for (RFC 8707).' }),
});

/** Anything at all, shown in the API document as `shape`. */
export function anyForm(shape: z.ZodObject) {
  const { $schema: _, ...override } = z.toJSONSchema(shape, { io: 'input' });
  return z.unknown().meta({ override: override as { type: 'object' } });
}

export const tokenForm = anyForm(documented);

export const oneTokenForm = anyForm(
  z.object({ token: z.string(), token_type_hint: optional, client_id: optional }),
);

export const tokenAnswerSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal('bearer'),
    expires_in: z.int(),
    scope: z.string(),
    refresh_token: z.string().optional(),
    id_token: z.string().optional(),
    issued_token_type: z.string().optional(),
  })
  .meta({ id: 'Token' });

export const oauthErrorSchema = z
  .object({ error: z.string(), error_description: z.string(), detail: z.string() })
  .meta({ id: 'OAuthError', description: 'RFC 6749 §5.2.' });

export const introspectionSchema = z
  .looseObject({ active: z.boolean() })
  .meta({ id: 'Introspection', description: 'RFC 7662 §2.2.' });

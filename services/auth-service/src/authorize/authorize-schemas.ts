import { z } from 'zod';
import { anyForm } from '../tokens/token-schemas.ts';

const optional = z.string().optional();

export const authorizeForm = anyForm(
  z.object({
    response_type: z.literal('code'),
    client_id: z.string(),
    client_secret: optional,
    redirect_uri: z.string(),
    code_challenge: z.string(),
    code_challenge_method: z.literal('S256'),
    scope: optional,
    state: optional,
    nonce: optional,
    resource: optional,
    prompt: z.enum(['none', 'login', 'consent']).optional(),
    max_age: optional,
    acr_values: optional,
    login_hint: optional,
    id_token_hint: optional,
    ui_locales: optional,
  }),
);

export const pushedAnswerSchema = z
  .object({ request_uri: z.string(), expires_in: z.int() })
  .meta({ id: 'PushedRequest', description: 'RFC 9126 §2.2.' });

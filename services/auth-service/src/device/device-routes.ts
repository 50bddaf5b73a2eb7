import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { toOAuthProblem } from '../errors.ts';
import { NO_STORE, tokenRequest } from '../tokens/token-routes.ts';
import { anyForm, oauthErrorSchema } from '../tokens/token-schemas.ts';
import type { DeviceOperations } from './device-operations.ts';

const optional = z.string().optional();
const error = { description: 'RFC 6749 §5.2.', schema: oauthErrorSchema };

const deviceForm = anyForm(
  z.object({ client_id: z.string(), client_secret: optional, scope: optional, resource: optional }),
);

const deviceAnswerSchema = z
  .object({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string(),
    expires_in: z.int(),
    interval: z.int(),
  })
  .meta({ id: 'DeviceAuthorization', description: 'RFC 8628 §3.2.' });

export const deviceAuthorizationRoute = (devices: Pick<DeviceOperations, 'begin'>) =>
  route({
    method: 'post',
    path: '/device_authorization',
    guard: publicRoute,
    summary: 'Sign in on a device that shows no sign-in page (RFC 8628)',
    request: { form: deviceForm },
    responses: {
      200: {
        description: 'The codes, for the device and for the person.',
        schema: deviceAnswerSchema,
      },
      400: error,
      401: error,
      429: { ...error, description: 'Too many of them; see `Retry-After`.' },
    },
    mapProblem: toOAuthProblem,
    handle: async (input) => ok(await devices.begin(tokenRequest(input)), NO_STORE),
  });

import { z } from 'zod';
import { isClientId } from './client-authentication.ts';

/** Of a `client_id` that a path cannot hold as it is: the gateway lets no encoded slash through. */
const ENCODED = /^~[\w-]{1,342}$/;
const PLAIN = /^[\w.-]{1,64}$/;

/** A `client_id` as a path holds it: an address is written as `~` and its base64url. */
export const clientIdInPath = z
  .string()
  .refine((text) => PLAIN.test(text) || ENCODED.test(text), 'must be a client_id')
  .transform((text) =>
    text.startsWith('~') ? Buffer.from(text.slice(1), 'base64url').toString('utf8') : text,
  )
  .refine(isClientId, 'must be a client_id')
  .meta({ description: 'A `client_id`; one that is an address as `~` and its base64url.' });

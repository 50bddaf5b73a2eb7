import { rowId } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';

export const listParams = z.object({ id: rowId });

export const aggregationSchema = z
  .object({ status_lists: z.array(z.url()) })
  .meta({ id: 'StatusListAggregation' });

export const listTokenSchema = z
  .string()
  .meta({ description: 'A Status List Token: a signed JWT (draft-ietf-oauth-status-list).' });

export const eventStreamSchema = z.string().meta({
  description:
    'Server-sent events: `change`, a security event token (RFC 8417), and `state`, the heart-beat.',
});

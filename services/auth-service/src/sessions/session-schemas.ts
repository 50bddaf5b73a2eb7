import { z } from 'zod';
import type { Session } from './session-repository.ts';

export const sessionSchema = z
  .object({
    id: z.uuid(),
    client_id: z.string(),
    device: z.string().nullable(),
    address: z.string().nullable(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    current: z.boolean().meta({ description: 'Whether this request belongs to it.' }),
  })
  .meta({ id: 'Session' });

/** @param current the session of the request */
export const toSessionAnswer = (session: Session, current: string | undefined) => ({
  id: session.id,
  client_id: session.clientId,
  device: session.device,
  address: session.address,
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  current: session.id === current,
});

import { z } from 'zod';
import { labelOfClient } from '../clients/client-host.ts';
import type { ListedSession } from './session-repository.ts';

export const sessionSchema = z
  .object({
    id: z.uuid(),
    client_id: z.string(),
    client_name: z.string().meta({
      description: 'With its host, of a client that nobody registered.',
    }),
    device: z.string().nullable(),
    address: z.string().nullable(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    current: z.boolean().meta({ description: 'Whether this request belongs to it.' }),
  })
  .meta({ id: 'Session' });

/** @param current the session of the request */
export const toSessionAnswer = (session: ListedSession, current: string | undefined) => ({
  id: session.id,
  client_id: session.clientId,
  client_name: labelOfClient(session.client),
  device: session.device,
  address: session.address,
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  current: session.id === current,
});

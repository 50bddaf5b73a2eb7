import { z } from 'zod';
import { hostOfClient } from '../clients/client-host.ts';
import { clientIdInPath } from '../clients/client-id-in-path.ts';
import type { App } from './app-repository.ts';

export const appParams = z.object({ clientId: clientIdInPath });

export const appSchema = z
  .object({
    client_id: z.string(),
    name: z.string(),
    host: z.string().nullable().meta({
      description: 'Who publishes it, of an app that nobody registered.',
    }),
    scopes: z.array(z.string()).meta({ description: 'What you allowed.' }),
    since: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'App' });

export const toAppAnswer = (app: App) => ({
  client_id: app.clientId,
  name: app.name,
  host: hostOfClient({ ...app, id: app.clientId }) ?? null,
  scopes: [...app.scopes].sort(),
  since: app.since.toISOString(),
  lastUsedAt: app.lastUsedAt?.toISOString() ?? null,
});

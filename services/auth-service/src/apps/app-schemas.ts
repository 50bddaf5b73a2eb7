import { z } from 'zod';
import { hostOfClient } from '../clients/client-host.ts';
import { clientIdInPath } from '../clients/client-id-in-path.ts';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
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
    allowed: z
      .array(
        z.object({
          scope: z.string(),
          audience: z.string().nullable().meta({ description: 'The service that it is for.' }),
          description: z.string(),
        }),
      )
      .meta({ description: 'The same in words.' }),
    since: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'App' });

export const toAppAnswer = (catalog: ScopeCatalog) => (app: App) => {
  const scopes = [...app.scopes].sort();
  return {
    client_id: app.clientId,
    name: app.name,
    host: hostOfClient({ ...app, id: app.clientId }) ?? null,
    scopes,
    allowed: scopes.map((scope) => ({
      scope,
      audience: catalog.audienceByScope.get(scope) ?? null,
      description: catalog.descriptionByScope.get(scope) ?? scope,
    })),
    since: app.since.toISOString(),
    lastUsedAt: app.lastUsedAt?.toISOString() ?? null,
  };
};

import { rowId, text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Account } from './user-repository.ts';

const MAX_ROLES = 100;

/** Those that some service brings. */
export function rolesSchema(catalog: CurrentCatalog) {
  const role = z.string().refine((name) => catalog().roles.has(name), {
    error: () => `must be a role of some service: ${[...catalog().roles].join(', ')}`,
  });
  return z
    .array(role)
    .max(MAX_ROLES)
    .transform((names) => [...new Set(names)]);
}

export const accountSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    roles: z.array(z.string()),
    inactiveRoles: z.array(z.string()).meta({
      description: 'Those of `roles` that no service brings any more: no token has them.',
    }),
    createdAt: z.iso.datetime(),
    deactivatedAt: z.iso.datetime().nullable(),
    deletedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Account' });

export const accountParams = z.object({ id: rowId });

export const accountFilters = z.object({
  search: text({ min: 1, max: 64 }).optional().meta({ description: 'How the username begins.' }),
});

export const changeBody = (catalog: CurrentCatalog) =>
  z
    .strictObject({
      roles: rolesSchema(catalog).optional(),
      active: z.boolean().optional(),
    })
    .refine((change) => Object.keys(change).length > 0, 'must change something');

export const toAccountAnswer = (catalog: CurrentCatalog) => (account: Account) => ({
  id: account.id,
  username: account.username,
  roles: account.roles,
  inactiveRoles: account.roles.filter((role) => !catalog().roles.has(role)),
  createdAt: account.createdAt.toISOString(),
  deactivatedAt: account.deactivatedAt?.toISOString() ?? null,
  deletedAt: account.deletedAt?.toISOString() ?? null,
});

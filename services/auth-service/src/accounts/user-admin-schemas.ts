import { rowId, text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import type { Account } from './user-repository.ts';

export const ROLES = ['user', 'agent', 'admin'] as const;

export const roles = z
  .array(z.enum(ROLES))
  .max(ROLES.length)
  .transform((names) => [...new Set(names)]);

export const accountSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    roles: z.array(z.string()),
    createdAt: z.iso.datetime(),
    deactivatedAt: z.iso.datetime().nullable(),
    deletedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Account' });

export const accountParams = z.object({ id: rowId });

export const accountFilters = z.object({
  search: text({ min: 1, max: 64 }).optional().meta({ description: 'How the username begins.' }),
});

export const changeBody = z
  .strictObject({
    roles: roles.optional(),
    active: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change something');

export const toAccountAnswer = (account: Account) => ({
  id: account.id,
  username: account.username,
  roles: account.roles,
  createdAt: account.createdAt.toISOString(),
  deactivatedAt: account.deactivatedAt?.toISOString() ?? null,
  deletedAt: account.deletedAt?.toISOString() ?? null,
});

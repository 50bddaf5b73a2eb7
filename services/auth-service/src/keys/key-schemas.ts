import { z } from 'zod';
import type { SigningKey } from './key-repository.ts';

export const keySchema = z
  .object({
    id: z.string(),
    algorithm: z.string(),
    state: z.enum(['next', 'active', 'retiring', 'gone']),
    createdAt: z.iso.datetime(),
    activatedAt: z.iso.datetime().nullable(),
    retiredAt: z.iso.datetime().nullable(),
    goneAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SigningKey' });

export const keyParams = z.object({ id: z.string().regex(/^[\w-]{1,128}$/) });

export const toKeyAnswer = (key: SigningKey) => ({
  id: key.id,
  algorithm: key.algorithm,
  state: key.state,
  createdAt: key.createdAt.toISOString(),
  activatedAt: key.activatedAt?.toISOString() ?? null,
  retiredAt: key.retiredAt?.toISOString() ?? null,
  goneAt: key.goneAt?.toISOString() ?? null,
});

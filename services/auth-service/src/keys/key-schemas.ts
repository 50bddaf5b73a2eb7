import { z } from 'zod';
import type { SigningKey } from './key-repository.ts';

export const keySchema = z
  .object({
    id: z.string(),
    algorithm: z.string(),
    state: z.enum(['next', 'active', 'retiring', 'gone']),
    created_at: z.iso.datetime(),
    activated_at: z.iso.datetime().nullable(),
    retired_at: z.iso.datetime().nullable(),
    gone_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SigningKey' });

export const keyParams = z.object({ id: z.string().regex(/^[\w-]{1,128}$/) });

export const toKeyAnswer = (key: SigningKey) => ({
  id: key.id,
  algorithm: key.algorithm,
  state: key.state,
  created_at: key.createdAt.toISOString(),
  activated_at: key.activatedAt?.toISOString() ?? null,
  retired_at: key.retiredAt?.toISOString() ?? null,
  gone_at: key.goneAt?.toISOString() ?? null,
});

import { text } from '@latchkey/service-kit/http/schemas';
import { roleName, scopeName, serviceName } from '@latchkey/service-kit/joining/service-json';
import { z } from 'zod';
import type { ResourceServer } from './resource-repository.ts';

const MAX_SCOPES = 100;
const MAX_ROLES = 20;

const described = (name: z.ZodString, most: number) =>
  z
    .record(name.max(64), text({ max: 200 }))
    .refine((all) => Object.keys(all).length <= most, `must be at most ${most}`);

const scopes = described(scopeName, MAX_SCOPES)
  .refine((all) => Object.keys(all).length > 0, 'must have one at least')
  .meta({ description: 'Scope to what it lets a client do.' });
const roles = described(roleName, MAX_ROLES).meta({
  description: 'Role to what one who has it may do.',
});
const audience = z
  .string()
  .max(256)
  .regex(/^[\x21-\x7E]+$/, 'must be a name, or an address like https://billing.example.com');

export const resourceParams = z.object({ name: serviceName.max(64) });

export const resourceBody = z.strictObject({
  audience: audience.optional().meta({
    description: 'The `aud` of its tokens; its name if not given. Its address can be a `resource`.',
  }),
  scopes,
  roles: roles.default({}),
});

export const resourceSchema = z
  .object({ name: z.string(), audience: z.string(), scopes, roles })
  .meta({ id: 'ResourceServer' });

export const toResource = (
  name: string,
  { audience = name, ...rest }: z.output<typeof resourceBody>,
): ResourceServer => ({ name, audience, ...rest });

import { text } from '@latchkey/service-kit/http/schemas';
import { roleName, scopeName, serviceName } from '@latchkey/service-kit/joining/service-json';
import { z } from 'zod';
import { publicJwks } from '../clients/public-jwks.ts';
import type { ResourceClient, ResourceServer } from './resource-repository.ts';

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
  client: z
    .strictObject({
      jwks: publicJwks,
      scopes: z.array(scopeName.max(64)).max(MAX_SCOPES).default([]).meta({
        description: 'What it may ask other services for, on a person’s behalf.',
      }),
    })
    .optional()
    .meta({
      description:
        'Lets it introspect tokens that are for it, and exchange them: its client_id is its name. Without this it cannot.',
    }),
});

export const resourceSchema = z
  .object({ name: z.string(), audience: z.string(), scopes, roles })
  .meta({ id: 'ResourceServer' });

export const toResource = (
  name: string,
  { audience = name, scopes: described, roles: given }: z.output<typeof resourceBody>,
): ResourceServer => ({ name, audience, scopes: described, roles: given });

export const toResourceClient = ({
  client,
}: z.output<typeof resourceBody>): ResourceClient | undefined => client;

import type { TokenGuard } from '@latchkey/jwt-verify/express';
import { noContent, ok, route } from '@latchkey/service-kit/http/route';
import { z } from 'zod';
import { auditContextOf } from '../caller.ts';
import { problems } from '../errors.ts';
import type { KeyOperations } from './key-operations.ts';
import type { KeyRing } from './key-ring.ts';
import { keyParams, keySchema, toKeyAnswer } from './key-schemas.ts';

interface Dependencies {
  /** Absent when tokens are signed with a shared secret. */
  keys: { operations: KeyOperations; ring: KeyRing } | undefined;
  mayAdminister: TokenGuard;
}

export function keyRoutes({ keys, mayAdminister }: Dependencies) {
  const required = () => {
    if (!keys) throw problems.no_signing_keys();
    return keys;
  };
  return [
    route({
      method: 'get',
      path: '/admin/keys',
      guard: mayAdminister,
      summary: 'List the signing keys, past ones included',
      responses: { 200: { description: 'The oldest first.', schema: z.array(keySchema) } },
      handle: async () => ok((await required().operations.list()).map(toKeyAnswer)),
    }),
    route({
      method: 'post',
      path: '/admin/keys/rotation',
      guard: mayAdminister,
      summary: 'Rotate the signing keys now',
      responses: {
        204: { description: 'The next key signs.' },
        409: {
          description: 'A verifier may not have the next key yet, or too many are published.',
        },
      },
      async handle(input) {
        const { operations, ring } = required();
        await operations.rotate(auditContextOf(input));
        await ring.refresh();
        return noContent;
      },
    }),
    route({
      method: 'delete',
      path: '/admin/keys/:id',
      guard: mayAdminister,
      summary: 'Remove a compromised key at once; tokens it signed are refused',
      request: { params: keyParams },
      responses: { 204: { description: 'Removed.' }, 404: { description: 'No such key.' } },
      async handle(input) {
        const { operations, ring } = required();
        await operations.remove(input.params.id, auditContextOf(input));
        await ring.refresh();
        return noContent;
      },
    }),
  ];
}

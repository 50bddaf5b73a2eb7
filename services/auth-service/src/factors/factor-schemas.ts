import { z } from 'zod';
import type { Factors } from './factor-operations.ts';
import { credentialId } from './passkey-responses.ts';

const uses = { createdAt: z.iso.datetime(), lastUsedAt: z.iso.datetime().nullable() };

export const factorsSchema = z
  .object({
    hasPassword: z
      .boolean()
      .meta({ description: 'Whether there is one; if not, it can be set at `/security`.' }),
    totp: z
      .object(uses)
      .nullable()
      .meta({ description: 'The authenticator app, if there is one.' }),
    passkeys: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        synced: z.boolean().meta({ description: 'Whether it is backed up to other devices.' }),
        ...uses,
      }),
    ),
    recoveryCodesLeft: z.int(),
  })
  .meta({ id: 'Factors' });

export const passkeyParams = z.object({ id: credentialId });

const usesOf = ({ createdAt, lastUsedAt }: { createdAt: Date; lastUsedAt: Date | null }) => ({
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});

export const toFactorsAnswer = ({ hasPassword, totp, passkeys, recoveryCodesLeft }: Factors) => ({
  hasPassword,
  totp: totp && usesOf(totp),
  passkeys: passkeys.map((passkey) => ({
    id: passkey.id,
    name: passkey.name,
    synced: passkey.isBackedUp,
    ...usesOf(passkey),
  })),
  recoveryCodesLeft,
});

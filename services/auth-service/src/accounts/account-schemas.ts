import { z } from 'zod';
import { ownUsername, type UsernameKinds } from '../names/username-rules.ts';
import { newPassword } from '../passwords/password-rules.ts';

/**
 * @param kinds what people may call themselves
 * @param roles every role that there is
 */
export const registerBody = (kinds: UsernameKinds, roles: () => ReadonlySet<string>) =>
  z.strictObject({ username: ownUsername(kinds, roles), password: newPassword });

const currentPassword = z.string().min(1).max(4_096).meta({ format: 'password' });

export const passwordBody = z.strictObject({
  currentPassword,
  newPassword,
});

export const deleteBody = z.strictObject({ currentPassword });

export const personSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    roles: z.array(z.string()),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Person' });

export const userInfoSchema = z
  .object({ sub: z.string(), preferred_username: z.string() })
  .meta({ id: 'UserInfo' });

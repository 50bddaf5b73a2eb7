import { z } from 'zod';
import { newPassword } from '../passwords/password-rules.ts';
import { ownUsername } from './username-rules.ts';

export const registerBody = z.strictObject({ username: ownUsername, password: newPassword });

const currentPassword = z.string().min(1).max(4_096).meta({ format: 'password' });

export const passwordBody = z.strictObject({
  current_password: currentPassword,
  new_password: newPassword,
});

export const deleteBody = z.strictObject({ current_password: currentPassword });

export const personSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    roles: z.array(z.string()),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Person' });

export const userInfoSchema = z
  .object({ sub: z.string(), preferred_username: z.string() })
  .meta({ id: 'UserInfo' });

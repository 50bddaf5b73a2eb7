import { z } from 'zod';
import { emailAddress } from '../mail/email-address.ts';
import { ownUsername, type UsernameKinds } from '../names/username-rules.ts';
import { newPassword } from '../passwords/password-rules.ts';

/**
 * @param kinds what people may call themselves
 * @param roles every role that there is
 * @param sendsMail whether an address can be verified
 */
export const registerBody = (
  kinds: UsernameKinds,
  roles: () => ReadonlySet<string>,
  sendsMail: boolean,
) =>
  z.strictObject({
    username: ownUsername(kinds, roles),
    password: newPassword,
    email: emailAddress
      .optional()
      .refine(
        (email) => email === undefined || sendsMail,
        'cannot be verified: no mail is sent here',
      ),
  });

const currentPassword = z.string().min(1).max(4_096).meta({ format: 'password' });

export const passwordBody = z.strictObject({
  currentPassword,
  newPassword,
});

export const changeBody = z.strictObject({
  email: emailAddress.nullable().meta({ description: 'A link is mailed there. Null removes it.' }),
  currentPassword,
});

export const deleteBody = z.strictObject({ currentPassword });

export const personSchema = z
  .object({
    id: z.int(),
    username: z.string(),
    roles: z.array(z.string()),
    createdAt: z.iso.datetime(),
    email: z.string().nullable(),
    emailVerified: z.boolean(),
  })
  .meta({ id: 'Person' });

export const userInfoSchema = z
  .object({
    sub: z.string(),
    preferred_username: z.string(),
    email: z.string().optional(),
    email_verified: z.boolean().optional(),
  })
  .meta({ id: 'UserInfo' });

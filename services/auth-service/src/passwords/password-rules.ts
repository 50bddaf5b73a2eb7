import { z } from 'zod';
import { isCommonPassword } from './common-passwords.ts';
import { composedPassword } from './composed-password.ts';

const MIN_PASSWORD_CHARACTERS = 8;
const MAX_PASSWORD_CHARACTERS = 1_024;

/** As the hash sees it. */
const characters = (password: string) => [...composedPassword(password)].length;
/** UTF-16 units that one character may take before it is composed. */
const MAX_UNITS = 4;

/** Any Unicode, NUL included; refused rather than cut when it is too long. */
export const newPassword = z
  .string()
  .max(MAX_UNITS * MAX_PASSWORD_CHARACTERS, {
    error: `must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`,
    abort: true,
  })
  .refine((password) => password.isWellFormed(), { error: 'must be well-formed text', abort: true })
  .refine((password) => {
    const length = characters(password);
    return length >= MIN_PASSWORD_CHARACTERS && length <= MAX_PASSWORD_CHARACTERS;
  }, `must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`)
  .refine(
    (password) => !isCommonPassword(password),
    'is one of the most common passwords; choose another one',
  )
  .meta({ format: 'password' });

/** What the form of a page sends. */
export const newPasswordForm = z.object({ password: newPassword });

/** A password that is only compared: bounded before it costs a hash. */
export const isTooLong = (password: string) =>
  password.length > MAX_UNITS * MAX_PASSWORD_CHARACTERS ||
  characters(password) > MAX_PASSWORD_CHARACTERS;

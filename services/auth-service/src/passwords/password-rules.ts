import { z } from 'zod';

export const MIN_PASSWORD_CHARACTERS = 8;
export const MAX_PASSWORD_CHARACTERS = 1_024;

const characters = (password: string) => [...password].length;

/** Any Unicode, NUL included; refused rather than cut when it is too long. */
export const newPassword = z
  .string()
  .refine((password) => password.isWellFormed(), 'must be well-formed text')
  .refine((password) => {
    const length = characters(password);
    return length >= MIN_PASSWORD_CHARACTERS && length <= MAX_PASSWORD_CHARACTERS;
  }, `must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`)
  .meta({ format: 'password' });

/** A password that is only compared: bounded before it costs a hash. */
export const isTooLong = (password: string) =>
  password.length > 2 * MAX_PASSWORD_CHARACTERS || characters(password) > MAX_PASSWORD_CHARACTERS;

import { z } from 'zod';
import { isReservedName } from './reserved-names.ts';

/** 3 to 32 letters, digits, `.`, `_` and `-`, in NFC; begins and ends with a letter or digit. */
const USERNAME = /^(?=.{3,32}$)[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}]$/u;

export const newUsername = z
  .string()
  .max(256)
  .transform((username) => username.normalize('NFC'))
  .refine(
    (username) => USERNAME.test(username),
    'must be 3 to 32 letters, digits, dots, dashes or underscores',
  );

/** A name that anybody may take; an operator may give out reserved ones. */
export const ownUsername = newUsername.refine(
  (username) => !isReservedName(username),
  'is reserved; choose another one',
);

import { dictionary } from '@zxcvbn-ts/language-common';
import { composedPassword } from './composed-password.ts';

export const fold = (password: string) => composedPassword(password).toLowerCase();

/** The list is folded already. */
const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** Among the passwords that are tried first, in upper or lower case. */
export const isCommonPassword = (password: string): boolean => COMMON.has(fold(password));

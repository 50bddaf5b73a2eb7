import { dictionary } from '@zxcvbn-ts/language-common';

const fold = (password: string) => password.normalize('NFC').toLowerCase();

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].map(fold));

/** Among the passwords that are tried first, in whatever letters. */
export const isCommonPassword = (password: string): boolean => COMMON.has(fold(password));

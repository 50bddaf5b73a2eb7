import { randomInt } from 'node:crypto';

/** No vowels, which make words, and no letter that is taken for another (RFC 8628 §6.1). */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const USER_CODE = new RegExp(`^[${LETTERS}]{${LENGTH}}$`);

/** As people see it; 34 bits, for ten minutes and few guesses. */
export const newUserCode = (): string =>
  shown(Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join(''));

/** However it is typed: case, dashes and spaces make no difference. Undefined for what is none. */
export function readUserCode(typed: string): string | undefined {
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '');
  return USER_CODE.test(letters) ? shown(letters) : undefined;
}

const shown = (letters: string) => `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;

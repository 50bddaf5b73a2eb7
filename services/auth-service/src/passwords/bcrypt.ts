import { verify } from '@node-rs/bcrypt';
import { composedPassword } from './composed-password.ts';

const MARK = /^\$2[aby]\$/;

export const isBcrypt = (passwordHash: string): boolean => MARK.test(passwordHash);

/**
 * As passlib made the hash: of the text as it was typed, of its first 72 bytes, and never of one
 * with a NUL. Off the event loop.
 */
export async function verifyBcrypt(passwordHash: string, password: string): Promise<boolean> {
  if (password.includes('\0')) return false;
  const composed = composedPassword(password);
  if (await verify(composed, passwordHash)) return true;
  return composed !== password && verify(password, passwordHash);
}

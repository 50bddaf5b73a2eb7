import type { FieldError } from '@latchkey/service-kit/http/problems';
import { skeletonOf } from '../names/skeleton.ts';

/** A longer text looks like no username. */
const MAX_CHARACTERS = 256;

/** Whether a password is the username in look-alike letters, or an address with it before the `@`. */
export function isNearlyUsername(password: string, username: string): boolean {
  if (password.length > MAX_CHARACTERS) return false;
  const own = skeletonOf(username);
  const [localPart = ''] = password.split('@', 1);
  return [password, localPart].some((text) => skeletonOf(text) === own);
}

/** @param field what the route calls the password */
export const passwordFault = (field: string): FieldError => ({
  in: 'body',
  field,
  detail: 'is the username; choose another one',
});

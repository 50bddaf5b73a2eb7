const MAX_DEPTH = 32;

/**
 * Freeze a parsed JSON value all the way down.
 *
 * @returns whether it could be: not when it is nested over 32 deep, nor when an object has a member
 *   `__proto__`, which would change the prototype of whatever the claims are copied into
 */
export const deepFreeze = (value: object, depth = 0): boolean => {
  if (depth > MAX_DEPTH || Object.hasOwn(value, '__proto__')) return false;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === 'object' && member !== null && !deepFreeze(member, depth + 1)) {
      return false;
    }
  }
  Object.freeze(value);
  return true;
};

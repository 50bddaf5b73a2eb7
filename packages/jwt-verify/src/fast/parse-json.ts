import { isAscii, isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject } from '../json-object.ts';

// 1.4 µs a payload in place of 1.8 (docs/decisions/019).

const BYTE_ORDER_MARK = 0xfeff;
const MAX_DEPTH = 32;

/**
 * Parse the bytes as one JSON object in valid UTF-8 without a byte order mark. The last of
 * duplicate members wins, here and so everywhere (RFC 7515 §4, RFC 7519 §4).
 *
 * @returns the object, or `undefined` for anything else, for what is nested over 32 deep, and for a
 *   member `__proto__`, which would change the prototype of whatever it is copied into
 */
export const parseJsonObject = (bytes: Buffer): JsonObject | undefined => {
  const encoding = isAscii(bytes) ? 'latin1' : isUtf8(bytes) ? 'utf8' : undefined;
  if (encoding === undefined) return undefined;
  const text = bytes.toString(encoding);
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && (looksPlain(text) || isPlain(value, 0)) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Whether the text alone shows that nothing is hidden in it, which it nearly always does. */
const looksPlain = (text: string): boolean =>
  !text.includes('__proto__') && !text.includes('\\u') && isRare(text, '{') && isRare(text, '[');

const isRare = (text: string, bracket: string): boolean => {
  let at = text.indexOf(bracket);
  for (let left = MAX_DEPTH / 2; at !== -1 && left > 0; left--) {
    at = text.indexOf(bracket, at + 1);
  }
  return at === -1;
};

const isPlain = (value: object, depth: number): boolean =>
  depth <= MAX_DEPTH &&
  !Object.hasOwn(value, '__proto__') &&
  Object.values(value).every(
    (member) => typeof member !== 'object' || member === null || isPlain(member, depth + 1),
  );

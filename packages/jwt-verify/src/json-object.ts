import { isAscii, isUtf8 } from 'node:buffer';

export type JsonObject = { readonly [member: string]: unknown };

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parse the bytes as one JSON object in valid UTF-8 without a byte order mark. The last of
 * duplicate members wins, here and so everywhere (RFC 7515 §4, RFC 7519 §4).
 *
 * @returns the object, or `undefined` for anything else.
 */
export const parseJsonObject = (bytes: Buffer): JsonObject | undefined => {
  const text = isAscii(bytes)
    ? bytes.toString('latin1')
    : isUtf8(bytes)
      ? bytes.toString('utf8')
      : '';
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own member, so that nothing put on Object.prototype is ever taken for a claim. */
export const memberOf = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

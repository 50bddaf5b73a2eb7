import type { SigningKey } from './signing-key.ts';

/** A part of a token: a JSON object, or text to write as it is. */
export type Part = Readonly<Record<string, unknown>> | string;

export const encode = (part: Part | Buffer): string =>
  (Buffer.isBuffer(part)
    ? part
    : Buffer.from(typeof part === 'string' ? part : JSON.stringify(part))
  ).toString('base64url');

/** Sign any header and payload, sensible or not. A member that is undefined is left out. */
export const signCompact = (key: SigningKey, header: Part, payload: Part): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${key.sign(input).toString('base64url')}`;
};

export const segmentsOf = (token: string): [header: string, payload: string, signature: string] =>
  token.split('.') as [string, string, string];

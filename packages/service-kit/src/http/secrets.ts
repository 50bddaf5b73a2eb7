import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits as text: what tokens, codes, cookies and the secrets of clients are made of. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What rests of a secret. So many random bits need no slow hash. */
export const hashOf = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(text).digest());

const SECRET = /^[\w-]{43}$/;

/** What cannot be one of ours need not be looked up. */
export const isSecret = (text: string | undefined): text is string =>
  text !== undefined && SECRET.test(text);

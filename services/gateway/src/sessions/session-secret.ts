import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

const SECRET = /^[\w-]{43}$/;

/** 256 bits, in the alphabet of cookies and addresses. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const isSecret = (text: string | undefined): text is string =>
  text !== undefined && SECRET.test(text);

export const hashOf = (secret: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(createHash('sha256').update(secret).digest());

/** Only who has the cookie can open what rests in the database. */
const keyOf = (secret: string) =>
  new Uint8Array(hkdfSync('sha256', secret, '', 'tokens of a browser session', 32));

export async function seal(secret: string, content: object): Promise<Uint8Array<ArrayBuffer>> {
  const plaintext = new TextEncoder().encode(JSON.stringify(content));
  const jwe = await new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(keyOf(secret));
  return new TextEncoder().encode(jwe);
}

/** @throws JWEDecryptionFailed for what was sealed under another secret */
export async function unseal<Content>(secret: string, sealed: Uint8Array): Promise<Content> {
  const { plaintext } = await compactDecrypt(sealed, keyOf(secret));
  return JSON.parse(new TextDecoder().decode(plaintext)) as Content;
}

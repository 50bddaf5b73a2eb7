import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

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

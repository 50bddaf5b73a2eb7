import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** A key that encrypts keys; `id` names the one that sealed a row, and reveals nothing about it. */
export interface KeyEncryptionKey {
  id: string;
  bytes: Buffer;
}

/** Seals with the current key, opens with either, so that the current one can be changed. */
export interface KeyEncryption {
  current: KeyEncryptionKey;
  previous?: KeyEncryptionKey | undefined;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param hex 64 hex digits */
export function keyEncryptionKey(hex: string): KeyEncryptionKey {
  const bytes = Buffer.from(hex, 'hex');
  const id = createHash('sha256').update('key-encryption key id').update(bytes).digest('hex');
  return { id: id.slice(0, 16), bytes };
}

/** AES-256-GCM: IV, tag, ciphertext. `context` is authenticated: a sealed text fits only its row. */
export function seal(key: Buffer, context: string, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return new Uint8Array(Buffer.concat([iv, cipher.getAuthTag(), ciphertext]));
}

/** @throws Error when the key, the context or the text is another one */
export function unseal(key: Buffer, context: string, sealed: Uint8Array): Buffer {
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES));
  return Buffer.concat([plaintext, decipher.final()]);
}

/** The key-encryption key that sealed a row, if it is one of ours. */
export const sealerOf = (encryption: KeyEncryption, id: string): KeyEncryptionKey | undefined =>
  [encryption.current, encryption.previous].find((key) => key?.id === id);

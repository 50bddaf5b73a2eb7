import { type KeyEncryption, seal, sealerOf, unseal } from '../keys/key-encryption.ts';

export interface SealedTotpSecret {
  sealedSecret: Uint8Array<ArrayBuffer>;
  sealedBy: string;
}

/** Whose enrollment a secret on a page belongs to. */
interface Enrollment {
  userId: number;
  browserLoginId: string;
}

const EXPIRY_BYTES = 8;

export type TotpSecrets = ReturnType<typeof totpSecrets>;

/** Secrets rest sealed with the key-encryption key, each bound to what it is for. */
export function totpSecrets(encryption: KeyEncryption) {
  const { current } = encryption;
  const contextOf = (userId: number) => `totp ${userId}`;
  const enrollmentContextOf = ({ userId, browserLoginId }: Enrollment) =>
    `totp enrollment ${userId} ${browserLoginId}`;

  const sealFor = (userId: number, secret: Uint8Array): SealedTotpSecret => ({
    sealedSecret: seal(current.bytes, contextOf(userId), secret),
    sealedBy: current.id,
  });

  /** @throws Error when the key that sealed it is gone */
  const open = (userId: number, { sealedSecret, sealedBy }: SealedTotpSecret): Buffer => {
    const sealer = sealerOf(encryption, sealedBy);
    if (!sealer) throw new Error('KEY_ENCRYPTION_KEY: is not the one that sealed a TOTP secret');
    return unseal(sealer.bytes, contextOf(userId), sealedSecret);
  };

  return {
    seal: sealFor,
    open,
    /** Of the key whose seals are to be renewed. */
    previousId: encryption.previous?.id,

    /** As the page keeps it between showing it and the first code. */
    sealEnrollment(enrollment: Enrollment, secret: Uint8Array, expiresAtMs: number): string {
      const expiry = Buffer.alloc(EXPIRY_BYTES);
      expiry.writeDoubleBE(expiresAtMs);
      const sealed = seal(
        current.bytes,
        enrollmentContextOf(enrollment),
        Buffer.concat([expiry, secret]),
      );
      return Buffer.from(sealed).toString('base64url');
    },

    /** Undefined when it has expired, or is not of this person in this browser. */
    openEnrollment(enrollment: Enrollment, text: string, nowMs: number): Buffer | undefined {
      const sealed = Buffer.from(text, 'base64url');
      try {
        const opened = unseal(current.bytes, enrollmentContextOf(enrollment), sealed);
        return opened.readDoubleBE() > nowMs ? opened.subarray(EXPIRY_BYTES) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

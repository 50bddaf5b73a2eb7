import { randomBytes } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { Secret } from 'otpauth';

/** 80 bits: too many to guess, even from a copy of the database, so a fast hash does. */
const BYTES = 10;
const CODES = 10;

/** Codes for one use each, as a person reads them: `a2b3-c4d5-e6f7-gh23`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: CODES }, () => {
    const { base32 } = new Secret({ buffer: Uint8Array.from(randomBytes(BYTES)).buffer });
    return base32.toLowerCase().replaceAll(/.{4}(?=.)/g, '$&-');
  });

/** Of a code as it was shown or typed. */
export const hashOfRecoveryCode = (typed: string): Uint8Array<ArrayBuffer> =>
  hashOf(`recovery code ${typed.toLowerCase().replaceAll(/[\s-]/g, '')}`);

import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** What every authenticator app can do (RFC 6238 with the defaults of the key URI format). */
const SETTINGS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** Time steps that a clock may be off, either way (RFC 6238 §5.2). */
const WINDOW = 1;
/** RFC 4226 §4. */
const SECRET_BYTES = 20;

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES);

const totpOf = (secret: Uint8Array, label?: { issuer: string; label: string }) =>
  new TOTP({
    ...SETTINGS,
    ...label,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  });

/** Which time step the code is of; undefined when it is of none that is near. */
export function stepOfCode(secret: Uint8Array, code: string, nowMs: number): number | undefined {
  const delta = totpOf(secret).validate({ token: code, timestamp: nowMs, window: WINDOW });
  return delta === null ? undefined : Math.floor(nowMs / 1000 / SETTINGS.period) + delta;
}

/** Digits, however they are grouped; undefined for anything else. */
export function readTotpCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s-]/g, '');
  return /^\d{6}$/.test(code) ? code : undefined;
}

/** What the QR code says. */
export const totpUri = (
  secret: Uint8Array,
  { brand, username }: { brand: string; username: string },
): string => totpOf(secret, { issuer: brand, label: username }).toString();

/** The secret to type, in groups of four. */
export const totpSecretText = (secret: Uint8Array): string =>
  new Secret({ buffer: Uint8Array.from(secret).buffer }).base32.replaceAll(/.{4}(?=.)/g, '$& ');

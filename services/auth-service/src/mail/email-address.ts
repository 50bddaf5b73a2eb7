import { z } from 'zod';

/** RFC 5321 §4.5.3.1.3. */
const MAX_EMAIL_LENGTH = 254;

/** ASCII only, without quotes, comments or line ends: safe in a header as it is. */
export const emailAddress = z
  .string()
  .trim()
  .max(MAX_EMAIL_LENGTH, { error: 'must be an email address', abort: true })
  .pipe(z.email({ error: 'must be an email address' }));

/** What makes addresses the same one here. */
export const emailKeyOf = (email: string): string => email.trim().toLowerCase();

/** What an account knows of its address. */
export interface KnownEmail {
  email: string | null;
  verifiedEmail: string | null;
}

export const isVerified = ({ email, verifiedEmail }: KnownEmail): boolean =>
  email !== null && emailKeyOf(email) === verifiedEmail;

/** OpenID Connect Core §5.1; nothing for a person without an address. */
export const emailClaims = (known: KnownEmail): { email?: string; email_verified?: boolean } =>
  known.email === null ? {} : { email: known.email, email_verified: isVerified(known) };

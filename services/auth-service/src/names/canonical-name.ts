/** UTF-16 units, of a name as it is typed and of its canonical form. */
export const MAX_USERNAME_LENGTH = 256;

/** A typed name, in the forms to look for. */
export interface TypedName {
  /** In NFC, as usernames are kept. */
  exact: string;
  canonical: string;
}

/** The same for `Wangerge`, `wangerge ` and a full-width one; look-alike letters stay different. */
export const canonicalNameOf = (username: string): string =>
  username.normalize('NFKC').trim().toLowerCase().normalize('NFKC');

/** Undefined for what is longer than any username; nothing is done with it but count. */
export function readTypedName(text: string): TypedName | undefined {
  if (text.length > MAX_USERNAME_LENGTH) return undefined;
  // PostgreSQL has no text with NUL in it.
  const exact = text.normalize('NFC').replaceAll('\0', '\uFFFD');
  const canonical = canonicalNameOf(exact);
  return canonical.length > MAX_USERNAME_LENGTH ? undefined : { exact, canonical };
}

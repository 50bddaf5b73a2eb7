/**
 * A path of this origin; anything else leads home, so that nobody is sent elsewhere by a link to the
 * sign-in.
 */
export function safeReturnTo(text: string | undefined, issuer: string): string {
  if (text === undefined || text.length > 2_048 || !/^\/[\x21-\x7e]*$/.test(text)) return '/';
  if (!URL.canParse(text, issuer)) return '/';
  const { origin, pathname, search, hash } = new URL(text, issuer);
  return origin === new URL(issuer).origin ? `${pathname}${search}${hash}` : '/';
}

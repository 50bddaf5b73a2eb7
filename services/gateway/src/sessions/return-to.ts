/**
 * A path of this origin; anything else leads home, so that nobody is sent elsewhere by a link to the
 * sign-in.
 */
export function safeReturnTo(text: string | undefined, issuer: string): string {
  if (text === undefined || text.length > 2_048 || !/^\/[\x21-\x7e]*$/.test(text)) return '/';
  const path = pathAt(text, issuer);
  // Dots are resolved by the first reading, and may leave what the next one takes for a host.
  return path !== undefined && pathAt(path, issuer) === path ? path : '/';
}

function pathAt(text: string, issuer: string): string | undefined {
  if (!URL.canParse(text, issuer)) return undefined;
  const { origin, pathname, search, hash } = new URL(text, issuer);
  const path = `${pathname}${search}${hash}`;
  return origin === new URL(issuer).origin && !path.startsWith('//') ? path : undefined;
}

/**
 * Of a `Cookie` header, what a service gets: the cookies that its `service.json` names, byte for
 * byte. Undefined for none.
 */
export function cookiesFor(
  header: string | undefined,
  names: readonly string[] | undefined,
): string | undefined {
  if (header === undefined || names === undefined) return undefined;
  const kept = header.split(';').flatMap((pair) => {
    const text = pair.trim();
    return names.includes(text.slice(0, text.indexOf('='))) ? [text] : [];
  });
  return kept.length === 0 ? undefined : kept.join('; ');
}

/** Whether a `Set-Cookie` is of a cookie that is the service's own. */
export const maySetCookie = (line: string, names: readonly string[] | undefined): boolean =>
  names?.includes(line.slice(0, line.indexOf('=')).trim()) === true;

/** Where the next page begins, from a `Link` header with `rel="next"` (RFC 8288). */
export function nextCursor({ headers }: Pick<Response, 'headers'>): string | undefined {
  const [, address] = /<([^>]*)>;\s*rel="?next"?/.exec(headers.get('link') ?? '') ?? [];
  if (!address) return undefined;
  return new URL(address, location.origin).searchParams.get('cursor') ?? undefined;
}

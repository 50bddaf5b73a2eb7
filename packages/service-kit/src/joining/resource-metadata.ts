/** Where the gateway publishes what each route's service accepts (RFC 9728 §3.1). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The address of a service's metadata, that of its first route, for challenges; none without a route. */
export function resourceMetadataOf(
  issuer: string,
  { routes: [first] }: { routes: readonly string[] },
): { resourceMetadata?: string } {
  return first === undefined
    ? {}
    : { resourceMetadata: `${issuer}${RESOURCE_METADATA_PATH}${first}` };
}

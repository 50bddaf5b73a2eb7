import type { Upstream } from '../upstreams/upstream.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { type ApiDocument, awayDocument, mergeDocuments } from './api-document.ts';
import { withLoginFlows } from './login-flows.ts';

const CACHE_MS = 5_000;
/** Which service is the issuer is seen by its route. */
const ISSUER_METADATA = '/.well-known/oauth-authorization-server';

/** The API documents of all services, read from the services themselves and kept for some seconds. */
export interface ServiceDocuments {
  names(): readonly string[];
  /** A service's document, or one that says that it is away; undefined for an unknown name. */
  one(name: string): Promise<ApiDocument | undefined>;
  all(): Promise<ApiDocument>;
}

export function createServiceDocuments(
  upstreams: Pick<Upstreams, 'all' | 'find'>,
): ServiceDocuments {
  const merge = mergeWhenChanged();
  const read = cachedByUpstream(readDocument);
  const readGrants = cachedByUpstream(readGrantTypes);
  const grantTypes = async () => {
    const issuer = upstreams.find(ISSUER_METADATA);
    return issuer && readGrants(issuer.upstream);
  };
  return {
    names: () => upstreams.all.map(({ name }) => name),
    one: async (name) => {
      const upstream = upstreams.all.find((each) => each.name === name);
      if (!upstream) return undefined;
      const [document, grants] = await Promise.all([read(upstream), grantTypes()]);
      return withLoginFlows(document ?? awayDocument(name), grants);
    },
    all: async () => {
      const reading = upstreams.all.map(async (each) => ({
        service: each.name,
        document: await read(each),
      }));
      const [described, grants] = await Promise.all([Promise.all(reading), grantTypes()]);
      return merge(described, grants);
    },
  };
}

/** Merges once for equal documents: anyone may request it, and merging costs much more than a request. */
function mergeWhenChanged() {
  let last: readonly unknown[] = [];
  let merged: ApiDocument | undefined;
  return (
    described: Parameters<typeof mergeDocuments>[0],
    grantTypes: readonly string[] | undefined,
  ): ApiDocument => {
    const parts = [grantTypes, ...described.map(({ document }) => document)];
    const isSame = parts.length === last.length && parts.every((part, i) => part === last[i]);
    if (!merged || !isSame) merged = withLoginFlows(mergeDocuments(described), grantTypes);
    last = parts;
    return merged;
  };
}

/** Reads something of each service, and keeps it for some seconds. */
function cachedByUpstream<T>(read: (upstream: Upstream) => Promise<T>) {
  const kept = new WeakMap<Upstream, { readAt: number; reading: Promise<T> }>();
  return (upstream: Upstream): Promise<T> => {
    const now = performance.now();
    const last = kept.get(upstream);
    if (last && now - last.readAt <= CACHE_MS) return last.reading;
    const reading = read(upstream);
    kept.set(upstream, { readAt: now, reading });
    return reading;
  };
}

async function readDocument(upstream: Upstream): Promise<ApiDocument | undefined> {
  const document = await upstream.pick()?.readJson('/openapi.json');
  return isApiDocument(document) ? document : undefined;
}

function isApiDocument(value: unknown): value is ApiDocument {
  const { openapi, info } = (value ?? {}) as Partial<ApiDocument>;
  return typeof openapi === 'string' && openapi.startsWith('3.') && typeof info === 'object';
}

async function readGrantTypes(issuer: Upstream): Promise<readonly string[] | undefined> {
  const metadata = await issuer.pick()?.readJson(ISSUER_METADATA);
  const { grant_types_supported: types } = (metadata ?? {}) as { grant_types_supported?: unknown };
  return Array.isArray(types) ? types : undefined;
}

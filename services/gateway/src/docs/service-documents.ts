import type { Upstream } from '../upstreams/upstream.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { type ApiDocument, awayDocument, mergeDocuments } from './api-document.ts';

const CACHE_MS = 5_000;

/** The API documents of all services, read from the services themselves and kept for some seconds. */
export interface ServiceDocuments {
  names(): readonly string[];
  /** A service's document, or one that says that it is away; undefined for an unknown name. */
  one(name: string): Promise<ApiDocument | undefined>;
  all(): Promise<ApiDocument>;
}

export function createServiceDocuments(upstreams: Pick<Upstreams, 'all'>): ServiceDocuments {
  const merge = mergeWhenChanged();
  const readers = new WeakMap<Upstream, ReturnType<typeof cached>>();
  const read = (upstream: Upstream) => {
    const reader = readers.get(upstream) ?? cached(upstream);
    readers.set(upstream, reader);
    return reader();
  };
  return {
    names: () => upstreams.all.map(({ name }) => name),
    one: async (name) => {
      const upstream = upstreams.all.find((each) => each.name === name);
      return upstream && ((await read(upstream)) ?? awayDocument(name));
    },
    all: async () =>
      merge(
        await Promise.all(
          upstreams.all.map(async (each) => ({ service: each.name, document: await read(each) })),
        ),
      ),
  };
}

/** Merges once for equal documents: anyone may request it, and merging costs much more than a request. */
function mergeWhenChanged(): typeof mergeDocuments {
  let last: Parameters<typeof mergeDocuments>[0] = [];
  let merged: ApiDocument | undefined;
  return (described) => {
    const same =
      described.length === last.length &&
      described.every(({ document }, index) => document === last[index]?.document);
    if (!merged || !same) merged = mergeDocuments(described);
    last = described;
    return merged;
  };
}

function cached(upstream: Upstream): () => Promise<ApiDocument | undefined> {
  let reading: Promise<ApiDocument | undefined> | undefined;
  let readAt = 0;
  return () => {
    if (!reading || performance.now() - readAt > CACHE_MS) {
      readAt = performance.now();
      reading = readDocument(upstream);
    }
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

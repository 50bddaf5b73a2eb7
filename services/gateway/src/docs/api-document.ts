/** An OpenAPI 3.1 document, as far as it is looked into here. */
export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  servers?: unknown[];
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Record<string, unknown>>;
  components?: Record<string, Record<string, unknown>>;
}

interface Described {
  service: string;
  /** Absent when the service did not answer. */
  document: ApiDocument | undefined;
}

const AWAY = 'This service does not answer right now. Reload the page in a moment.';

/** Replaces the document of a service that does not answer. */
export function awayDocument(service: string): ApiDocument {
  const info = { title: service, version: 'unknown', description: AWAY };
  return { openapi: '3.1.1', info, servers: [{ url: '/' }], tags: [], paths: {} };
}

/**
 * One document of all services, a tag for each. Schemas keep apart by the service's name before
 * theirs; equally named security schemes become one, with the scopes of all.
 */
export function mergeDocuments(described: readonly Described[]): ApiDocument {
  const merged: Required<ApiDocument> = {
    openapi: '3.1.1',
    info: { title: 'Latchkey', version: '1', description: 'Every service behind one login.' },
    servers: [{ url: '/' }],
    tags: [],
    paths: {},
    components: {},
  };
  for (const { service, document } of described) {
    const description = document ? (document.info.description ?? '') : AWAY;
    merged.tags.push({ name: service, description });
    if (document) addDocument(merged, service, prefixReferences(document, service));
  }
  return merged;
}

function addDocument(into: Required<ApiDocument>, service: string, document: ApiDocument): void {
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    into.paths[path] ??= tagged(operations, service);
  }
  for (const [kind, named] of Object.entries(document.components ?? {})) {
    into.components[kind] ??= {};
    const target = into.components[kind] as Record<string, unknown>;
    for (const [name, component] of Object.entries(named)) {
      if (kind === 'securitySchemes') target[name] = withScopes(target[name], component);
      else target[`${service}.${name}`] = component;
    }
  }
}

function tagged(operations: Record<string, unknown>, service: string): Record<string, unknown> {
  const entries = Object.entries(operations).map(([method, operation]) => [
    method,
    isObject(operation) && !Array.isArray(operation)
      ? { ...operation, tags: [service] }
      : operation,
  ]);
  return Object.fromEntries(entries);
}

const REFERENCE = /^#\/components\/(?!securitySchemes\/)([^/]+)\/(.+)$/;

function prefixReferences<T>(value: T, service: string): T {
  const text = JSON.stringify(value, (key, member: unknown) =>
    key === '$ref' && typeof member === 'string'
      ? member.replace(REFERENCE, `#/components/$1/${service}.$2`)
      : member,
  );
  return JSON.parse(text) as T;
}

interface Flows {
  flows?: Record<string, { scopes?: Record<string, string> }>;
}

function withScopes(known: unknown, added: unknown): unknown {
  if (!isObject(known) || !isObject(added)) return added;
  const flows = { ...(known as Flows).flows };
  for (const [name, flow] of Object.entries((added as Flows).flows ?? {})) {
    flows[name] = { ...flow, scopes: { ...flows[name]?.scopes, ...flow.scopes } };
  }
  return { ...known, flows };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

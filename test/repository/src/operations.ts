import type { FileTree } from './file-tree.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

interface Operation {
  security?: readonly Record<string, readonly string[]>[];
}

/** As much of an OpenAPI document as is read here. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

export interface Consumer {
  name: string;
  scopes: readonly string[];
  /** `GET /todo/{id}`; undefined for all that its scopes open. */
  operations: readonly string[] | undefined;
}

export function documentOf(tree: FileTree, service: string): ApiDocument | undefined {
  const text = tree.read(service, 'openapi.json');
  return text === undefined ? undefined : JSON.parse(text);
}

/** The services that call others, by the `client` of their service.json. */
export function consumersIn(tree: FileTree): Consumer[] {
  return tree.services.flatMap((name) => {
    const { client } = JSON.parse(tree.read(name, 'service.json') ?? '{}');
    return client ? [{ name, scopes: client.scopes, operations: client.operations }] : [];
  });
}

/** `GET /todo/{id}`, for each. */
export const operationsOf = ({ paths }: ApiDocument): string[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`),
  );

/** A document without its other operations. */
export function only(document: ApiDocument, operation: string): ApiDocument | undefined {
  const { path, method } = partsOf(operation);
  const found = document.paths[path]?.[method];
  return found && { ...document, paths: { [path]: { [method]: found } } };
}

export function isUsedBy(consumer: Consumer, document: ApiDocument, operation: string): boolean {
  if (consumer.operations) return consumer.operations.includes(operation);
  const { path, method } = partsOf(operation);
  const { security = [] } = document.paths[path]?.[method] ?? {};
  const scopes = security.flatMap((each) => Object.values(each).flat());
  return scopes.some((scope) => consumer.scopes.includes(scope));
}

function partsOf(operation: string): { method: string; path: string } {
  const [method = '', path = ''] = operation.split(' ');
  return { method: method.toLowerCase(), path };
}

import { readFileSync } from 'node:fs';
import { send } from '../http/exchange.ts';
import { SetupError } from './setup-error.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly name: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: Schema;
}

type Security = readonly Readonly<Record<string, readonly string[]>>[];

interface PathItem {
  readonly parameters?: readonly Parameter[];
  readonly [method: string]: unknown;
}

interface OperationObject {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content?: Readonly<
      Record<string, { readonly schema?: Schema; readonly example?: unknown }>
    >;
  };
  readonly security?: Security;
}

/** As much of an OpenAPI 3 document as it takes to send requests. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly security?: Security;
  readonly components?: {
    readonly securitySchemes?: Readonly<Record<string, { readonly type?: string }>>;
  };
}

/** One method of one path. */
export interface Operation {
  /** `GET /todo/{id}` */
  readonly line: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Content types and schemas of the body. */
  readonly bodies: Readonly<
    Record<string, { readonly schema?: Schema; readonly example?: unknown }>
  >;
  /** The scopes that it asks a token for; undefined where it asks for no token. */
  readonly scopes: readonly string[] | undefined;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** @throws SetupError when there is none */
export const loadApiDocument = async (url: string, file?: string): Promise<ApiDocument> => {
  const place = file ?? `${url}/openapi.json`;
  const document = file === undefined ? await get(place) : readFile(file);
  if (typeof (document as ApiDocument | null)?.paths !== 'object') {
    throw new SetupError(`${place} must hold an OpenAPI 3 document in JSON`);
  }
  return document as ApiDocument;
};

const get = async (url: string): Promise<unknown> => {
  const { status, text, json } = await send({ method: 'GET', url, headers: {} });
  if (status === 200) return json;
  throw new SetupError(`${url} answered ${status || text}; name the document with --openapi FILE`);
};

const readFile = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SetupError(`cannot read ${file}: ${(error as Error).message.split('\n')[0]}`);
  }
};

/** Follow a reference within the document. */
export const resolve = <T extends object>(
  document: ApiDocument,
  node: T | undefined,
): T | undefined => {
  const { $ref } = (node ?? {}) as { $ref?: string };
  if ($ref === undefined) return node;
  const steps = $ref.replace(/^#\//, '').split('/');
  const found = steps.reduce<unknown>(
    (at, step) =>
      (at as Record<string, unknown> | undefined)?.[
        step.replaceAll('~1', '/').replaceAll('~0', '~')
      ],
    document,
  );
  return found as T | undefined;
};

export const operationsOf = (document: ApiDocument): Operation[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => {
      const operation = item[method] as OperationObject;
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      return {
        line: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: parameters.flatMap((parameter) => resolve(document, parameter) ?? []),
        bodies: resolve(document, operation.requestBody)?.content ?? {},
        scopes: scopesOf(document, operation.security ?? document.security ?? []),
      };
    }),
  );

/** The first alternative that needs a token; none when access without any is one of them. */
const scopesOf = (document: ApiDocument, security: Security): readonly string[] | undefined => {
  if (security.some((one) => Object.keys(one).length === 0)) return undefined;
  const schemes = document.components?.securitySchemes ?? {};
  const needsToken = (one: Security[number]) =>
    Object.keys(one).some((name) => schemes[name]?.type !== 'apiKey');
  const first = security.find(needsToken);
  return first === undefined ? undefined : Object.values(first).flat();
};

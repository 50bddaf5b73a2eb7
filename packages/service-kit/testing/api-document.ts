/** As much of an OpenAPI document as it takes to send requests. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation {
  parameters?: { in: 'path' | 'query' | 'header'; name: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  /** The scopes asked for; empty where no token is. */
  security?: Record<string, string[]>[];
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  example?: unknown;
  minimum?: number;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
}

/** The members of a body of this content type. */
export function memberSchemas(
  document: ApiDocument,
  { requestBody }: Operation,
  contentType: string | undefined,
): Record<string, Schema> {
  if (contentType === undefined) return {};
  return resolve(document, requestBody?.content[contentType]?.schema)?.properties ?? {};
}

/** Some value that fits a schema's outline. */
export function exampleOf(document: ApiDocument, given: Schema | undefined): unknown {
  const schema = resolve(document, given);
  if (!schema) return undefined;
  const [fixed] = [schema.example, schema.const, ...(schema.enum ?? [])].filter(
    (value) => value !== undefined,
  );
  if (fixed !== undefined) return fixed;
  if (schema.anyOf) return exampleOf(document, schema.anyOf[0]);
  switch ([schema.type].flat()[0]) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'array':
      return [exampleOf(document, schema.items)];
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, s]) => [name, exampleOf(document, s)]),
      );
    case 'string':
      return 'example';
    default:
      return undefined;
  }
}

const resolve = ({ components }: ApiDocument, schema: Schema | undefined): Schema | undefined =>
  schema?.$ref ? components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''] : schema;

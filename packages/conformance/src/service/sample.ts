import { type ApiDocument, resolve, type Schema } from './api-document.ts';

const MAX_DEPTH = 8;

/** Texts that fit a format of JSON Schema. */
const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00Z',
  email: 'ada@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '7f2c1a52-3d0b-4b53-9a41-0d2c8e6f1b90',
};

/** A value that fits a schema: its example where there is one, else the required members alone. */
export const sampleOf = (document: ApiDocument, given: Schema | undefined, depth = 0): unknown => {
  const schema = resolve(document, given);
  if (schema === undefined || depth > MAX_DEPTH) return undefined;
  const said = [
    schema.example,
    schema.examples?.[0],
    schema.const,
    schema.enum?.[0],
    schema.default,
  ];
  const fixed = said.find((value) => value !== undefined);
  if (fixed !== undefined) return fixed;
  const inner = (one: Schema | undefined) => sampleOf(document, one, depth + 1);
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map(inner));
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice !== undefined) return inner(choice);
  switch ([schema.type].flat()[0] ?? (schema.properties && 'object')) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => inner(schema.items));
    case 'object':
      return objectOf(schema, inner);
    case 'string':
      return textOf(schema);
    default:
      return undefined;
  }
};

const objectOf = ({ properties = {}, required = [] }: Schema, inner: (one: Schema) => unknown) => {
  const all = Object.entries(properties);
  const needed = all.filter(([name]) => required.includes(name));
  // A change of nothing may be refused: one member at least.
  const chosen = needed.length > 0 ? needed : all.slice(0, 1);
  return Object.fromEntries(chosen.map(([name, schema]) => [name, inner(schema)]));
};

const textOf = ({ format = '', minLength = 0, maxLength = 200 }: Schema): string =>
  (BY_FORMAT[format] ?? 'example').padEnd(minLength, 'x').slice(0, Math.max(maxLength, minLength));

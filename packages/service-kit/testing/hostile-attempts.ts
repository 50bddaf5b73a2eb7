import { type ApiDocument, exampleOf, memberSchemas, type Operation } from './api-document.ts';
import {
  hostileBodies,
  hostileEncoded,
  hostileHeaders,
  hostileJson,
  hostileTexts,
} from './hostile-values.ts';

export interface AttemptOptions {
  document: ApiDocument;
  /** A good value by the member's name, perhaps behind its operation, `DELETE /sessions/{id} id`; null leaves it out. */
  samples?: Record<string, unknown>;
  /** Further values by the member's name. */
  values?: Record<string, readonly string[]>;
}

/** One request with one hostile value. */
export interface Attempt {
  /** What it is and where it stands. */
  place: string;
  target: string;
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string | Uint8Array<ArrayBuffer>;
  };
}

const FORM = 'application/x-www-form-urlencoded';
const SHOWN = 60;
const NO_ROW = '2147483647';

interface Part {
  place: string;
  target?: string;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
}

/** Every request to one operation with one hostile value in it, all else being good. */
export function* attemptsAt(
  options: AttemptOptions,
  line: string,
  operation: Operation,
  token: string | undefined,
): Generator<Attempt> {
  const [method = '', path = ''] = line.split(' ');
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  const isForm = type === FORM;
  const members = memberSchemas(options.document, operation, type);
  const good = goodMembers(options, line, members);
  const goodBody = type === undefined ? undefined : isForm ? formOf(good) : JSON.stringify(good);
  const target = goodTarget(options, line, operation);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(type === undefined ? {} : { 'content-type': type }),
  };
  const parts = function* (): Generator<Part> {
    yield* parameterParts(options, operation, path, target);
    for (const [name, value] of hostileHeaders) {
      yield { place: `${name}: ${value}`, headers: { [name]: value } };
    }
    if (type === undefined) return;
    for (const [at, body] of hostileBodies.entries()) yield { place: `body ${at}`, body };
    for (const name of Object.keys(members)) {
      yield* isForm ? formParts(options, good, name) : jsonParts(good, name);
    }
    if (isForm) return;
    for (const text of hostileTexts) {
      yield {
        place: `member ${JSON.stringify(text)}`,
        body: JSON.stringify({ ...good, [text]: 1 }),
      };
    }
  };
  for (const part of parts()) {
    const body = part.body ?? goodBody;
    yield {
      place: `${line} ${part.place.slice(0, SHOWN)}`,
      target: part.target ?? target,
      init: {
        method,
        headers: { ...headers, ...part.headers },
        ...(body === undefined ? {} : { body }),
      },
    };
  }
}

function goodMembers(
  options: AttemptOptions,
  line: string,
  members: ReturnType<typeof memberSchemas>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members)
      .map(([name, schema]) => [name, sampleOf(options, line, name, schema)] as const)
      .filter(([, value]) => value !== undefined && value !== null),
  );
}

function sampleOf(
  { document, samples }: AttemptOptions,
  line: string,
  name: string,
  schema: Parameters<typeof exampleOf>[1],
): unknown {
  for (const key of [`${line} ${name}`, name]) {
    if (samples?.[key] !== undefined) return samples[key];
  }
  return exampleOf(document, schema);
}

function goodTarget(options: AttemptOptions, line: string, { parameters = [] }: Operation) {
  const [, path = ''] = line.split(' ');
  return parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((target, { name, schema }) => {
      const sample = String(sampleOf(options, line, name, schema) ?? 1);
      return target.replace(`{${name}}`, encodeURIComponent(sample));
    }, path);
}

function* parameterParts(
  options: AttemptOptions,
  { parameters = [] }: Operation,
  path: string,
  target: string,
): Generator<Part> {
  // A cursor is read by the order of the list that it is for.
  const orders = parameters.find(({ name }) => name === 'sort')?.schema?.enum ?? [];
  for (const { in: where, name } of parameters) {
    for (const value of encodedFor(options, name)) {
      const place = `${where} ${name}=${value}`;
      if (where === 'path') {
        // No row of anyone's: with `..` beside it the address is that of the row itself.
        const at = path.replace(`{${name}}`, value).replaceAll(/\{\w+\}/g, NO_ROW);
        yield { place, target: at };
      } else if (where === 'query') {
        yield { place, target: `${target}?${name}=${value}` };
        if (name !== 'cursor') continue;
        for (const sort of orders)
          yield { place, target: `${target}?${name}=${value}&sort=${sort}` };
      }
    }
    if (where !== 'query') continue;
    yield { place: `${name} twice`, target: `${target}?${name}=1&${name}=2` };
  }
}

function* formParts(
  options: AttemptOptions,
  good: Record<string, unknown>,
  name: string,
): Generator<Part> {
  const { [name]: _, ...others } = good;
  const rest = formOf(others);
  for (const value of encodedFor(options, name)) {
    yield { place: `${name}=${value}`, body: `${rest}&${name}=${value}` };
  }
  yield { place: `${name} twice`, body: `${rest}&${name}=a&${name}=b` };
}

/** A hostile value in place of a member, and of each item or member within it. */
function* jsonParts(good: Record<string, unknown>, name: string): Generator<Part> {
  const { [name]: inner } = good;
  const keys = typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
  for (const value of hostileJson) {
    const place = `${name}: ${JSON.stringify(value)}`;
    yield { place, body: JSON.stringify({ ...good, [name]: value }) };
    if (Array.isArray(inner)) {
      yield { place: `in a list, ${place}`, body: JSON.stringify({ ...good, [name]: [value] }) };
      continue;
    }
    for (const key of keys) {
      const changed = { ...(inner as object), [key]: value };
      yield { place: `${key} in ${place}`, body: JSON.stringify({ ...good, [name]: changed }) };
    }
  }
}

const encodedFor = ({ values }: AttemptOptions, name: string) => [
  ...hostileEncoded,
  ...(values?.[name] ?? []).map(encodeURIComponent),
];

const formOf = (members: Record<string, unknown>): string =>
  Object.entries(members)
    .map((pair) => pair.map((part) => encodeURIComponent(String(part))).join('='))
    .join('&');

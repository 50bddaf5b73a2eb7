import type { HttpRequest } from '../http/exchange.ts';
import { type ApiDocument, type Operation, resolve, type Schema } from './api-document.ts';
import { sampleOf } from './sample.ts';

/**
 * Values of the service's own, where the document's examples do not do: a body by its operation
 * (`POST /todo`), a path or query parameter by its name.
 */
export type Samples = Readonly<Record<string, unknown>>;

export interface RequestChange {
  readonly token?: string | undefined;
  readonly headers?: HttpRequest['headers'];
  /** In place of the good body; null for none. */
  readonly body?: string | null;
  /** Values of path parameters by name. */
  readonly path?: Readonly<Record<string, string>>;
  /** Further query parameters. */
  readonly query?: Readonly<Record<string, string>>;
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/;
/** Where a schema says too little: most keys are numbers, and one that is none is a bad request. */
const ANY_ID = '1';

/** Good requests to every operation of one service. */
export class Requests {
  readonly #url: string;
  readonly #document: ApiDocument;
  readonly #samples: Samples;

  constructor(url: string, document: ApiDocument, samples: Samples) {
    this.#url = url;
    this.#document = document;
    this.#samples = samples;
  }

  /** The content type of its body: JSON where that is one of them. */
  contentTypeOf({ bodies }: Operation): string | undefined {
    const types = Object.keys(bodies);
    return types.find((type) => JSON_TYPE.test(type)) ?? types[0];
  }

  takesJson(operation: Operation): boolean {
    return JSON_TYPE.test(this.contentTypeOf(operation) ?? '');
  }

  /** The members of its JSON body. */
  membersOf(operation: Operation): Readonly<Record<string, Schema>> {
    return this.#bodySchema(operation)?.properties ?? {};
  }

  /** A good body, as a value. */
  bodyOf(operation: Operation): unknown {
    const content = operation.bodies[this.contentTypeOf(operation) ?? ''];
    return (
      this.#samples[operation.line] ??
      content?.example ??
      sampleOf(this.#document, this.#bodySchema(operation))
    );
  }

  build(operation: Operation, change: RequestChange = {}): HttpRequest {
    const type = change.body === null ? undefined : this.contentTypeOf(operation);
    const body = change.body ?? (type === undefined ? undefined : this.#encode(operation, type));
    return {
      method: operation.method,
      url: this.#url + this.#targetOf(operation, change),
      headers: {
        ...(change.token === undefined ? {} : { authorization: `Bearer ${change.token}` }),
        ...(type === undefined ? {} : { 'content-type': type }),
        ...this.#headersOf(operation),
        ...change.headers,
      },
      body,
    };
  }

  #headersOf({ parameters }: Operation): Record<string, string> {
    const needed = parameters.filter((one) => one.in === 'header' && one.required === true);
    const values = needed.map(({ name, example, schema }) => [
      name,
      String(this.#samples[name] ?? example ?? this.#parameterSample(schema) ?? ANY_ID),
    ]);
    return Object.fromEntries(values);
  }

  #bodySchema(operation: Operation): Schema | undefined {
    return resolve(this.#document, operation.bodies[this.contentTypeOf(operation) ?? '']?.schema);
  }

  #encode(operation: Operation, type: string): string {
    const body = this.bodyOf(operation) ?? {};
    if (JSON_TYPE.test(type)) return JSON.stringify(body);
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(body)) form.set(name, String(value));
    return form.toString();
  }

  #targetOf(operation: Operation, { path = {}, query = {} }: RequestChange): string {
    let target = operation.path;
    const search = new URLSearchParams();
    for (const { in: where, name, required, example, schema } of operation.parameters) {
      const good = this.#samples[name] ?? example ?? this.#parameterSample(schema) ?? ANY_ID;
      if (where === 'path') {
        target = target.replace(`{${name}}`, encodeURIComponent(path[name] ?? String(good)));
      }
      if (where === 'query' && required === true) search.set(name, String(good));
    }
    for (const [name, value] of Object.entries(query)) search.set(name, value);
    return search.size === 0 ? target : `${target}?${search}`;
  }

  #parameterSample(schema: Schema | undefined): unknown {
    const sample = sampleOf(this.#document, schema);
    return sample === 'example' ? undefined : sample;
  }
}

import { deepFreeze } from '../deep-freeze.ts';
import type { CheckedHeader } from '../header-rules.ts';
import type { JsonObject } from '../json-object.ts';

// 0.44 µs a header in place of 2.4 (docs/decisions/019).

interface KnownHeader {
  readonly header: JsonObject;
  /** Whose rules it was checked by; each issuer has its own. */
  readonly rules: object;
  readonly checked: CheckedHeader;
}

const MAX_HEADERS = 64;

/**
 * Headers of tokens that were verified, by the text of their segment: an issuer writes the same one
 * into every token of a key, so it is parsed and checked once. Strangers can't put any in here.
 */
export class KnownHeaders {
  readonly #known = new Map<string, KnownHeader>();

  readonly parsed = (segment: string): JsonObject | undefined => this.#known.get(segment)?.header;

  checked(segment: string, rules: object): CheckedHeader | undefined {
    const known = this.#known.get(segment);
    return known?.rules === rules ? known.checked : undefined;
  }

  add(segment: string, header: JsonObject, rules: object, checked: CheckedHeader): void {
    if (this.#known.get(segment)?.rules === rules) return;
    if (this.#known.size >= MAX_HEADERS) this.#known.clear();
    this.#known.set(segment, { header: deepFreeze(header), rules, checked });
  }
}

import { deflateSync } from 'node:zlib';
import type { Trouble } from './trouble.ts';

/** How many tokens one list has room for. */
const SIZE = 65_536;

/** Where the bit of a token is: the claim `status.status_list`. */
export interface StatusReference {
  readonly idx: number;
  readonly uri: string;
}

/** One list of the kit's issuer. */
export class StatusList {
  readonly id: string;
  readonly uri: string;
  /** The index that each change revoked; the number of a change is one more than its place here. */
  readonly changes: number[] = [];
  /** Of this list alone, whatever is wrong with the issuer. */
  trouble: Trouble = 'ok';
  /** Answered in place of the list. */
  forged: string | undefined;
  #used = 0;

  constructor(id: string, uri: string) {
    this.id = id;
    this.uri = uri;
  }

  get isFull(): boolean {
    return this.#used === SIZE;
  }

  next(): StatusReference {
    return { idx: this.#used++, uri: this.uri };
  }

  /** `status_list` of the list token, with these indices revoked. */
  bits(revoked: readonly number[] = this.changes): { bits: 1; lst: string } {
    const bytes = Buffer.alloc(SIZE / 8);
    for (const idx of revoked) bytes[idx >>> 3] = (bytes[idx >>> 3] ?? 0) | (1 << (idx & 7));
    return { bits: 1, lst: deflateSync(bytes).toString('base64url') };
  }
}

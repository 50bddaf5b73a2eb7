import { inflateSync } from 'node:zlib';
import { decodeBase64url } from '../base64url.ts';

/** Indices of one list; the draft bounds neither this nor the inflation. */
const MAX_INDICES = 2 ** 20;

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export const isIndex = (value: unknown): value is number => isCount(value) && value < MAX_INDICES;

const WIDTHS: readonly unknown[] = [1, 2, 4, 8];

/** The statuses of one list, as many bits each as `width` says, least significant first. */
export class ListBits {
  readonly width: number;
  readonly bytes: Uint8Array;

  constructor(width: number, bytes: Uint8Array) {
    this.width = width;
    this.bytes = bytes;
  }

  /** How many indices it has. */
  get size(): number {
    return (this.bytes.length * 8) / this.width;
  }

  /** 0: valid; `undefined`: not in the list. The index is below `MAX_INDICES`. */
  valueAt(index: number): number | undefined {
    const at = index * this.width;
    const byte = this.bytes[at >>> 3];
    return byte === undefined ? undefined : (byte >>> (at & 7)) & ((1 << this.width) - 1);
  }

  /** Mark as invalid; an index that is not in the list changes nothing. */
  setInvalid(index: number): void {
    const at = index * this.width;
    const byte = this.bytes[at >>> 3];
    if (byte !== undefined) this.bytes[at >>> 3] = byte | (1 << (at & 7));
  }

  /** Keep what was set here: a status that is not 0 never becomes 0 again. */
  addAll({ bytes }: ListBits): void {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte !== 0) this.bytes[i] = (this.bytes[i] as number) | byte;
    }
  }
}

/**
 * Read `status_list` of a list token. At most 1 MiB is inflated, which takes a few milliseconds.
 *
 * @throws {Error} when it is not base64url, not zlib, too large, or of another width
 */
export const readListBits = (width: unknown, lst: unknown): ListBits => {
  if (!WIDTHS.includes(width)) throw new Error('status_list.bits is not 1, 2, 4 or 8');
  const packed = typeof lst === 'string' ? decodeBase64url(lst) : undefined;
  if (packed === undefined) throw new Error('status_list.lst is not base64url');
  const maxOutputLength = (MAX_INDICES / 8) * (width as number);
  const bytes = inflateSync(packed, { maxOutputLength });
  return new ListBits(width as number, Uint8Array.from(bytes));
};

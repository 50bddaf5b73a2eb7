import type { Algorithm } from './algorithms.ts';

/** A key made ready for one algorithm. */
export interface VerificationKey {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
  /** The issuer that the key set binds this key to, where it does; tenants may share a set. */
  readonly issuer?: string | undefined;
  /** What tells this key from any other, so that a refresh keeps the ones that stayed. */
  readonly identity: string;
  /** Until when the key may be used, in ms since the epoch; moves with each refresh. */
  usableUntilMs: number;
  /** Whether `signature` is this key's over the first `signedLength` characters of the token. */
  readonly verify: (token: string, signedLength: number, signature: Buffer) => boolean;
}

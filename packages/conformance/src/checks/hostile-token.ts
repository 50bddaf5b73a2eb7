import type { Profile, Tokens } from '../issuer/tokens.ts';

/** A token that a service must refuse. */
export interface HostileToken {
  readonly id: string;
  /** What is wrong with it. */
  readonly title: string;
  readonly rfc: string;
  /** Default: all. */
  readonly profiles?: readonly Profile[];
  /** Default `must`. */
  readonly severity?: 'should';
  /** Besides 401. */
  readonly alsoStatus?: readonly number[];
  readonly make: (tokens: Tokens) => string;
}

import { isJsonObject } from './json-object.ts';
import { fail } from './option-error.ts';

/** An option taken apart: the value that the claim must fit, and whether the claim may be absent. */
export interface SplitOption {
  readonly value: unknown;
  readonly mayBeAbsent: boolean;
}

/** `{ ifPresent: value }`, exactly, or the value itself. Judges no value. */
export const splitIfPresent = (option: string, given: unknown): SplitOption => {
  if (!isJsonObject(given)) return { value: given, mayBeAbsent: false };
  const members = Object.keys(given);
  if (members.length !== 1 || members[0] !== 'ifPresent') {
    fail(`${option} must be a value or { ifPresent: value }, and not have the members ${members}`);
  }
  // "Not checked when present" would be a check that checks nothing.
  if (given.ifPresent === null) fail(`${option}.ifPresent is null: say what to accept`);
  return { value: given.ifPresent, mayBeAbsent: true };
};

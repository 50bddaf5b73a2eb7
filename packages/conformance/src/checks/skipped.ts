/** Thrown by a check that finds nothing to look at. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

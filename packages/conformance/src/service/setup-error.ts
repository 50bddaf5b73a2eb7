/** The kit could not begin: what to change is said in one line. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

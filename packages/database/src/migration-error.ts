/** A migration or a state of the database that someone has to look at; the message is one line. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

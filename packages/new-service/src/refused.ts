/** What was asked for cannot be; the message is one line that says what to ask for instead. */
export class Refused extends Error {
  override name = 'Refused';
}

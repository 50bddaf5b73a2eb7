/** Marks in a row that no script has: twice what UAX #15 (§13, Stream-Safe Text) asks for. */
const MAX_MARKS_IN_A_ROW = 64;

/**
 * A password in NFC, so that it is the same from every keyboard. NFC sorts marks in quadratic time:
 * a password with a longer row of them stays as it was typed.
 */
export function composedPassword(password: string): string {
  for (const [marks] of password.matchAll(/\p{M}+/gu)) {
    if (marks.length > MAX_MARKS_IN_A_ROW) return password;
  }
  return password.normalize('NFC');
}

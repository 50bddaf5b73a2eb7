/**
 * Decode base64url strictly: no padding, no other alphabet, no white space, and the unused bits of
 * the last character zero, so that one sequence of bytes has one spelling (RFC 7515 §2, RFC 4648
 * §3.5). Encoding again and comparing says all of that at once.
 *
 * @returns the bytes, or `undefined` for anything that is not the canonical spelling.
 */
export const decodeBase64url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};

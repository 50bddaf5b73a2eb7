/** Refuse options that would make a verifier unsafe; each message says what to set. */
export const fail = (message: string): never => {
  throw new TypeError(`createVerifier: ${message}`);
};

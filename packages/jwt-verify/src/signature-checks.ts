import { constants, createVerify, type KeyObject, verify } from 'node:crypto';
import type { AlgorithmFacts } from './algorithms.ts';
import { derFromP1363 } from './fast/der-signature.ts';
import type { VerificationKey } from './verification-key.ts';

// Only after the strict parse is a token known to be ASCII, where latin1 is exact and the fastest.
const ENCODING = 'latin1';

/** RFC 7518 §3.5: a salt as long as the hash. */
const PSS_OPTIONS = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
} as const;

/** The check of one public key. The length of the signature has to fit before OpenSSL sees it. */
export const publicKeyCheck = (
  { family, hash }: AlgorithmFacts,
  key: KeyObject,
  signatureBytes: number,
): VerificationKey['verify'] => {
  if (hash === null) {
    return (token, signedLength, signature) =>
      signature.length === signatureBytes &&
      verify(null, Buffer.from(token.slice(0, signedLength), ENCODING), key, signature);
  }
  if (family === 'EC') {
    return (token, signedLength, signature) =>
      signature.length === signatureBytes &&
      verify(
        hash,
        Buffer.from(token.slice(0, signedLength), ENCODING),
        key,
        derFromP1363(signature),
      );
  }
  // On the key itself the options cost nothing; an object around it costs Node a caught exception.
  if (family === 'RSA-PSS') Object.assign(key, PSS_OPTIONS);
  // A Verify object takes the text as it is, which saves more than the object costs.
  return (token, signedLength, signature) =>
    signature.length === signatureBytes &&
    createVerify(hash).update(token.slice(0, signedLength), ENCODING).verify(key, signature);
};

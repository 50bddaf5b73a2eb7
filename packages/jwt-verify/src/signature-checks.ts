import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { AlgorithmFacts } from './algorithms.ts';
import { derFromP1363 } from './der-signature.ts';
import type { VerificationKey } from './verification-key.ts';

type Check = VerificationKey['verify'];

// Only after a strict parse is the token known to be ASCII, where latin1 is exact and fastest.
const signedBytes = (token: string, length: number): Buffer =>
  Buffer.from(token.slice(0, length), 'latin1');

export const hmacCheck =
  (hash: string, key: KeyObject, signatureBytes: number): Check =>
  (token, signedLength, signature) => {
    if (signature.length !== signatureBytes) return false;
    const expected = createHmac(hash, key).update(token.slice(0, signedLength), 'latin1').digest();
    return timingSafeEqual(expected, signature);
  };

export const publicKeyCheck = (
  facts: AlgorithmFacts,
  key: KeyObject,
  signatureBytes: number,
): Check => {
  const { family, hash } = facts;
  if (family === 'EC') {
    return (token, signedLength, signature) => {
      if (signature.length !== signatureBytes) return false;
      return verify(hash, signedBytes(token, signedLength), key, derFromP1363(signature));
    };
  }
  const input =
    family === 'RSA-PSS'
      ? {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : key;
  return (token, signedLength, signature) =>
    signature.length === signatureBytes &&
    verify(hash, signedBytes(token, signedLength), input, signature);
};

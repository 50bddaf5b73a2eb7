import {
  constants,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  verify as verifySignature,
} from 'node:crypto';
import { createVerifier, type RevocationOptions } from '@latchkey/jwt-verify';
import { JwtVerifier } from 'aws-jwt-verify';
import { createVerifier as createFastVerifier } from 'fast-jwt';
import { importJWK, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import type { Contender } from '../interleave.ts';
import { AUDIENCE, type BenchTokens, freshCopies, ISSUER, SECRET } from './bench-tokens.ts';

const contender = (
  { tokens }: BenchTokens,
  name: string,
  check: (token: string) => unknown,
): Contender => {
  const copies = freshCopies(tokens);
  return { name, prepare: copies.prepare, run: (call) => check(copies.token(call)) };
};

export const ours = (set: BenchTokens, cache: boolean): Contender =>
  contender(set, nameOf(cache), verifierOf(set, cache).verifySync);

/** Each token is looked up in a status list, which is held here and kept up to date. */
export const oursWithRevocation = async (
  set: BenchTokens,
  cache: boolean,
  url: string,
): Promise<Contender> => {
  const verifier = verifierOf(set, cache, { url });
  await verifier.ready();
  if (verifier.status().revocation !== 'current') throw new Error('the status list is not there');
  return contender(set, `${nameOf(cache)}, revocation`, verifier.verifySync);
};

const nameOf = (cache: boolean) => (cache ? 'jwt-verify, cache' : 'jwt-verify');

const verifierOf = (set: BenchTokens, cache: boolean, revocation?: RevocationOptions) =>
  createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [set.algorithm],
    keys: set.publicKey === undefined ? { secret: SECRET } : { jwks: { keys: [set.jwk] } },
    ...(cache ? {} : { cache: false }),
    ...(revocation === undefined ? {} : { revocation }),
  });

/** Only the signature: its text decoded, and one call of crypto.verify. No claim is even read. */
export const bareCrypto = (set: BenchTokens): Contender => {
  const { algorithm, publicKey } = set;
  const secret = createSecretKey(Buffer.from(SECRET));
  const split = (token: string) => {
    const dot = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(dot + 1), 'base64url');
    return { data: Buffer.from(token.slice(0, dot)), signature };
  };
  if (publicKey === undefined) {
    return contender(set, 'bare node:crypto', (token) => {
      const { data, signature } = split(token);
      return timingSafeEqual(createHmac('sha256', secret).update(data).digest(), signature);
    });
  }
  const hash = algorithm === 'EdDSA' ? null : 'sha256';
  const input =
    algorithm === 'ES256'
      ? ({ key: publicKey, dsaEncoding: 'ieee-p1363' } as const)
      : algorithm === 'PS256'
        ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
        : publicKey;
  return contender(set, 'bare node:crypto', (token) => {
    const { data, signature } = split(token);
    if (!verifySignature(hash, data, input, signature)) throw new Error('bad signature');
  });
};

/** crypto.verify for ES256 with the signature turned into DER beforehand: the quickest call. */
export const bareDer = (set: BenchTokens, toDer: (signature: Buffer) => Buffer): Contender => {
  const { publicKey } = set;
  if (publicKey === undefined) throw new TypeError('DER is for public keys');
  return contender(set, 'bare node:crypto, DER', (token) => {
    const dot = token.lastIndexOf('.');
    const signature = toDer(Buffer.from(token.slice(dot + 1), 'base64url'));
    if (!verifySignature('sha256', Buffer.from(token.slice(0, dot)), publicKey, signature)) {
      throw new Error('bad signature');
    }
  });
};

/**
 * With a CryptoKey, its quickest form, one at a time and 32 in flight: its work runs on the thread
 * pool, so that awaiting each alone mostly measures the way there and back.
 */
export const jose = async (set: BenchTokens): Promise<Contender[]> => {
  const options = {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [set.algorithm],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp'],
  };
  const key =
    set.publicKey === undefined ? await hmacKey() : await importJWK(set.jwk, set.algorithm);
  return [1, 32].map((inFlight) => ({
    ...contender(set, `jose, ${inFlight} in flight`, (token) => jwtVerify(token, key, options)),
    inFlight,
  }));
};

const hmacKey = () =>
  crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(SECRET),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );

export const fastJwt = (set: BenchTokens, cache: boolean): Contender => {
  const verify = createFastVerifier({
    key: set.pem,
    algorithms: [set.algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    requiredClaims: ['sub', 'exp'],
    checkTyp: 'at+jwt',
    cache: cache ? 10_000 : false,
  });
  return contender(set, cache ? 'fast-jwt, cache' : 'fast-jwt', (token) => verify(token));
};

/** jsonwebtoken knows no EdDSA. */
export const jsonWebToken = (set: BenchTokens): Contender => {
  const { algorithm } = set;
  if (algorithm === 'EdDSA') throw new TypeError('jsonwebtoken has no EdDSA');
  const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm] };
  const key = set.publicKey ?? createSecretKey(Buffer.from(SECRET));
  return contender(set, 'jsonwebtoken', (token) => jsonwebtoken.verify(token, key, options));
};

/** aws-jwt-verify has neither HMAC nor PS256. */
export const awsJwtVerify = (set: BenchTokens): Contender => {
  const verifier = JwtVerifier.create({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: `${ISSUER}/k`,
  });
  verifier.cacheJwks({ keys: [set.jwk as never] });
  return contender(set, 'aws-jwt-verify', (token) => verifier.verifySync(token));
};

import { createSecretKey } from 'node:crypto';
import type { JWK } from 'jose';
import { problems } from '../errors.ts';
import type { KeyAlgorithm } from './key-material.ts';
import type { KeyRing } from './key-ring.ts';
import { type JwsHeader, signJws } from './sign-jws.ts';

/** Signs access tokens and ID tokens; where from is a matter of configuration. */
export interface TokenSigner {
  algorithm(): string;
  /** The compact JWS of these claims, an access token if `typ` is not given. @throws Problem `signing_unavailable` before there is a key */
  sign(claims: Record<string, unknown>, typ?: 'JWT'): string;
  /** The JWK Set to publish; empty with a shared secret. */
  publicKeys(): readonly JWK[];
}

export function keyRingSigner(ring: KeyRing, configured: KeyAlgorithm): TokenSigner {
  const current = () => {
    const snapshot = ring.current();
    if (!snapshot) throw problems.signing_unavailable({ headers: { 'Retry-After': '2' } });
    return snapshot;
  };
  return {
    algorithm: () => ring.current()?.active.algorithm ?? configured,
    sign(claims, typ: string = 'at+jwt') {
      const { id: kid, algorithm: alg, privateKey } = current().active;
      return signJws({ alg, typ, kid }, claims, privateKey);
    },
    publicKeys: () => current().published,
  };
}

/** HS256 with one shared secret, its key the UTF-8 bytes of the text. */
export function sharedSecretSigner(secret: string, profile: 'standard' | 'minimal'): TokenSigner {
  const header: JwsHeader = { alg: 'HS256', typ: profile === 'minimal' ? 'JWT' : 'at+jwt' };
  const key = createSecretKey(secret, 'utf8');
  return {
    algorithm: () => 'HS256',
    sign: (claims) => signJws(header, claims, key),
    publicKeys: () => [],
  };
}

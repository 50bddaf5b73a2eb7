import { createSecretKey } from 'node:crypto';
import type { JWK } from 'jose';
import { problems } from '../errors.ts';
import type { KeyAlgorithm } from './key-material.ts';
import type { KeyRing } from './key-ring.ts';
import { type JwsHeader, signJws } from './sign-jws.ts';

/**
 * Lists, events (draft-ietf-oauth-status-list §5.1, RFC 8417 §2.3), ID tokens and logout tokens
 * (OpenID Connect Back-Channel Logout §2.4).
 */
type OtherTyp = 'statuslist+jwt' | 'secevent+jwt' | 'JWT' | 'logout+jwt';

/** Signs access tokens and what says which are revoked; where from is a matter of configuration. */
export interface TokenSigner {
  algorithm(): string;
  /** Of the key that signs now; none with a shared secret. @throws Problem `signing_unavailable` */
  keyId(): string | undefined;
  /**
   * The compact JWS of these claims, an access token where no `typ` is given.
   *
   * @throws Problem `signing_unavailable` before there is a key
   */
  sign(claims: Record<string, unknown>, typ?: OtherTyp): string;
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
    keyId: () => current().active.id,
    sign(claims, typ) {
      const { id: kid, algorithm: alg, privateKey } = current().active;
      return signJws({ alg, typ: typ ?? 'at+jwt', kid }, claims, privateKey);
    },
    publicKeys: () => current().published,
  };
}

/** HS256 with one shared secret, its key the UTF-8 bytes of the text. */
export function sharedSecretSigner(secret: string, profile: 'standard' | 'minimal'): TokenSigner {
  const accessToken: JwsHeader = { alg: 'HS256', typ: profile === 'minimal' ? 'JWT' : 'at+jwt' };
  const key = createSecretKey(secret, 'utf8');
  return {
    algorithm: () => 'HS256',
    keyId: () => undefined,
    sign: (claims, typ) => signJws(typ ? { alg: 'HS256', typ } : accessToken, claims, key),
    publicKeys: () => [],
  };
}

import { createHmac } from 'node:crypto';
import type { JWK } from 'jose';
import { problems } from '../errors.ts';
import { type KeyAlgorithm, signBytes } from './key-material.ts';
import type { KeyRing } from './key-ring.ts';

/** Signs access tokens; where from is a matter of configuration. */
export interface TokenSigner {
  algorithm(): string;
  /** The compact JWS of these claims. @throws Problem `signing_unavailable` before there is a key */
  sign(claims: Record<string, unknown>): string;
  /** The JWK Set to publish; empty with a shared secret. */
  publicKeys(): readonly JWK[];
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function keyRingSigner(ring: KeyRing, configured: KeyAlgorithm): TokenSigner {
  const current = () => {
    const snapshot = ring.current();
    if (!snapshot) throw problems.signing_unavailable({ headers: { 'Retry-After': '2' } });
    return snapshot;
  };
  return {
    algorithm: () => ring.current()?.active.algorithm ?? configured,
    sign(claims) {
      const { id: kid, algorithm: alg, privateKey } = current().active;
      const input = `${encode({ alg, typ: 'at+jwt', kid })}.${encode(claims)}`;
      return `${input}.${signBytes(alg, privateKey, Buffer.from(input)).toString('base64url')}`;
    },
    publicKeys: () => current().published,
  };
}

/** HS256 with one shared secret, its key the UTF-8 bytes of the text. */
export function sharedSecretSigner(secret: string, profile: 'standard' | 'minimal'): TokenSigner {
  const typ = profile === 'minimal' ? 'JWT' : 'at+jwt';
  const header = encode({ alg: 'HS256', typ });
  const key = Buffer.from(secret, 'utf8');
  return {
    algorithm: () => 'HS256',
    sign(claims) {
      const input = `${header}.${encode(claims)}`;
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    },
    publicKeys: () => [],
  };
}

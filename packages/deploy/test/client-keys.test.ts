import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { clientKeyFrom, publicKeySets } from '../src/client-keys.ts';

const SEED = '0'.repeat(64);
const a = clientKeyFrom(SEED, 'a-service');

test('a key is the same at every start, and another for each service and each seed', () => {
  const others = [clientKeyFrom(SEED, 'b-service'), clientKeyFrom('1'.repeat(64), 'a-service')];
  expect(clientKeyFrom(SEED, 'a-service')).toBe(a);
  expect(new Set([a, ...others]).size).toBe(3);
});

test('a published set checks what its service signed, and holds nothing private', () => {
  const sets = JSON.parse(publicKeySets(new Map([['a-service', a]])));
  const [jwk] = sets['a-service'].keys;
  expect(jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' });
  expect(jwk).not.toHaveProperty('d');
  const signature = sign(
    null,
    Buffer.from('text'),
    createPrivateKey({ key: JSON.parse(a), format: 'jwk' }),
  );
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  expect(verify(null, Buffer.from('text'), key, signature)).toBe(true);
});

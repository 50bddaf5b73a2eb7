import { createHmac, randomUUID } from 'node:crypto';
import { encode, segmentsOf, signCompact } from '../issuer/compact.ts';
import { createKeyPair, secretKey } from '../issuer/signing-key.ts';
import { ADA, BEN, SIGNED, type Tokens } from '../issuer/tokens.ts';
import type { HostileToken } from './hostile-token.ts';

const unsigned = (tokens: Tokens, alg: string): string =>
  `${encode({ ...tokens.header(), alg })}.${encode(tokens.claims())}`;

const hmacKeyedWith = (tokens: Tokens, secret: string): string =>
  tokens.mint({ header: { alg: 'HS256' }, key: { ...secretKey(secret), kid: tokens.key.kid } });

const withSignature = (tokens: Tokens, change: (signature: Buffer) => Buffer): string => {
  const [header, payload, signature] = segmentsOf(tokens.mint());
  return `${header}.${payload}.${change(Buffer.from(signature, 'base64url')).toString('base64url')}`;
};

/** Tokens that nobody signed whom the service trusts, or not with the key and algorithm it trusts. */
export const HOSTILE_SIGNATURES: readonly HostileToken[] = [
  {
    id: 'alg-none',
    title: 'alg none, without a signature',
    rfc: 'RFC 8725 §3.1',
    make: (tokens) => `${unsigned(tokens, 'none')}.`,
  },
  {
    id: 'alg-none-spelled-otherwise',
    title: 'alg nOnE, without a signature',
    rfc: 'RFC 8725 §3.1',
    make: (tokens) => `${unsigned(tokens, 'nOnE')}.`,
  },
  {
    id: 'alg-none-signed',
    title: 'alg none, with a signature',
    rfc: 'RFC 8725 §3.1',
    make: (tokens) => tokens.mint({ header: { alg: 'none' } }),
  },
  {
    id: 'alg-missing',
    title: 'no alg',
    rfc: 'RFC 7515 §4.1.1',
    make: (tokens) => tokens.mint({ header: { alg: undefined } }),
  },
  {
    id: 'hmac-with-public-key',
    title: 'HS256 keyed with the public key in PEM',
    rfc: 'RFC 8725 §2.1',
    profiles: SIGNED,
    make: (tokens) => hmacKeyedWith(tokens, tokens.key.publicPem),
  },
  {
    id: 'hmac-with-jwk',
    title: 'HS256 keyed with the public key as a JWK',
    rfc: 'RFC 8725 §2.1',
    profiles: SIGNED,
    make: (tokens) => hmacKeyedWith(tokens, JSON.stringify(tokens.key.jwk)),
  },
  {
    id: 'hmac-with-nothing',
    title: 'HS256 keyed with an empty secret',
    rfc: 'RFC 8725 §3.5',
    make: (tokens) => {
      const input = unsigned(tokens, 'HS256');
      return `${input}.${createHmac('sha256', '').update(input).digest('base64url')}`;
    },
  },
  {
    id: 'other-algorithm',
    title: "another algorithm, by a stranger's key, under the trusted kid",
    rfc: 'RFC 8725 §3.1',
    make: (tokens) => {
      const key = createKeyPair(tokens.key.algorithm === 'RS256' ? 'ES256' : 'RS256');
      return tokens.mint({ key: { ...key, kid: tokens.key.kid }, header: { alg: key.algorithm } });
    },
  },
  {
    id: 'wrong-key',
    title: "a stranger's key of the right kind, under the trusted kid",
    rfc: 'RFC 7519 §7.2',
    make: (tokens) => tokens.mint({ key: { ...tokens.strangersKey, kid: tokens.key.kid } }),
  },
  {
    id: 'jwk-in-header',
    title: 'its own key in the header (jwk)',
    rfc: 'RFC 8725 §3.10',
    profiles: SIGNED,
    make: (tokens) => {
      const key = tokens.strangersKey;
      return tokens.mint({ key, header: { kid: undefined, jwk: key.jwk } });
    },
  },
  ...['jku', 'x5u'].map((member) => ({
    id: `${member}-in-header`,
    title: `the address of another key set in the header (${member})`,
    rfc: 'RFC 8725 §3.10',
    profiles: SIGNED,
    make: (tokens: Tokens) => {
      const key = { ...tokens.strangersKey, kid: tokens.key.kid };
      return tokens.mint({ key, header: { [member]: tokens.issuer.elsewhereUrl } });
    },
  })),
  {
    id: 'payload-changed',
    title: "another person's name under this person's signature",
    rfc: 'RFC 7515 §5.2',
    make: (tokens) => {
      const [header, , signature] = segmentsOf(tokens.mint({ person: ADA }));
      return `${header}.${encode(tokens.claims(BEN))}.${signature}`;
    },
  },
  {
    id: 'header-changed',
    title: 'a header that was not signed',
    rfc: 'RFC 7515 §5.2',
    make: (tokens) => {
      const [, payload, signature] = segmentsOf(tokens.mint());
      return `${encode({ ...tokens.header(), x: randomUUID() })}.${payload}.${signature}`;
    },
  },
  {
    id: 'signature-changed',
    title: 'one bit of the signature changed',
    rfc: 'RFC 7515 §5.2',
    make: (tokens) =>
      withSignature(tokens, (bytes) => {
        bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9);
        return bytes;
      }),
  },
  {
    id: 'signature-missing',
    title: 'no signature',
    rfc: 'RFC 7515 §5.2',
    make: (tokens) => withSignature(tokens, () => Buffer.alloc(0)),
  },
  {
    id: 'signature-zero',
    title: 'a signature of zeros',
    rfc: 'RFC 7518 §3.4',
    make: (tokens) => withSignature(tokens, (bytes) => Buffer.alloc(bytes.length)),
  },
  {
    id: 'signature-longer',
    title: 'a signature with one byte more',
    rfc: 'RFC 7518 §3.4',
    make: (tokens) => withSignature(tokens, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  },
  ...[
    { id: 'crit-unknown', title: 'an unknown critical extension', crit: ['x'] },
    { id: 'crit-b64', title: 'the critical extension b64', crit: ['b64'] },
    { id: 'crit-empty', title: 'an empty crit', crit: [] },
  ].map(({ id, title, crit }) => ({
    id,
    title,
    rfc: 'RFC 7515 §4.1.11',
    make: (tokens: Tokens) =>
      signCompact(tokens.key, { ...tokens.header(), crit, x: 1, b64: true }, tokens.claims()),
  })),
];

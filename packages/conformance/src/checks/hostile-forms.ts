import { encode, segmentsOf } from '../issuer/compact.ts';
import { SIGNED, type Tokens } from '../issuer/tokens.ts';
import type { HostileToken } from './hostile-token.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Over the 8 KiB that a token may have, under the 16 KiB of headers that servers take. */
const OVERSIZED = 9_000;

/** The same bytes in another spelling: bits of the last character that stand for nothing. */
const respelled = (token: string): string => {
  const last = BASE64URL.indexOf(token.slice(-1));
  return token.slice(0, -1) + BASE64URL[last ^ 1];
};

/** A token that has characters in which the two alphabets of Base64 differ. */
const inOtherAlphabet = (tokens: Tokens): string => {
  for (;;) {
    const token = tokens.mint();
    const [header, payload, signature] = segmentsOf(token);
    const other = signature.replaceAll('-', '+').replaceAll('_', '/');
    if (other !== signature) return `${header}.${payload}.${other}`;
  }
};

/** Tokens that are not in the one form that a token has. */
export const HOSTILE_FORMS: readonly HostileToken[] = [
  {
    id: 'no-jwt',
    title: 'text that is no JWT',
    rfc: 'RFC 7519 §7.2',
    make: () => 'not-a-token',
  },
  {
    id: 'two-segments',
    title: 'two segments',
    rfc: 'RFC 7515 §7.1',
    make: (tokens) => segmentsOf(tokens.mint()).slice(0, 2).join('.'),
  },
  {
    id: 'four-segments',
    title: 'four segments',
    rfc: 'RFC 7515 §7.1',
    make: (tokens) => `${tokens.mint()}.e30`,
  },
  {
    id: 'trailing-dot',
    title: 'a dot at the end',
    rfc: 'RFC 7515 §7.1',
    make: (tokens) => `${tokens.mint()}.`,
  },
  {
    id: 'padded',
    title: 'a padded segment',
    rfc: 'RFC 7515 §2',
    make: (tokens) => {
      const token = tokens.mint();
      return token + '='.repeat(4 - (segmentsOf(token)[2].length % 4));
    },
  },
  {
    id: 'trailing-bits',
    title: 'another last character that stands for the same bytes',
    rfc: 'RFC 4648 §3.5',
    severity: 'should',
    make: (tokens) => respelled(tokens.mint()),
  },
  {
    id: 'base64-alphabet',
    title: 'the alphabet of plain Base64',
    rfc: 'RFC 7515 §2',
    severity: 'should',
    make: inOtherAlphabet,
  },
  {
    id: 'payload-array',
    title: 'claims in an array',
    rfc: 'RFC 7519 §7.2',
    make: (tokens) => tokens.sign(tokens.header(), JSON.stringify([tokens.claims()])),
  },
  {
    id: 'payload-no-json',
    title: 'claims that are no JSON',
    rfc: 'RFC 7519 §7.2',
    make: (tokens) => tokens.sign(tokens.header(), `${JSON.stringify(tokens.claims())}x`),
  },
  {
    id: 'header-array',
    title: 'a header in an array',
    rfc: 'RFC 7515 §4',
    make: (tokens) => tokens.sign(JSON.stringify([tokens.header()]), tokens.claims()),
  },
  {
    id: 'kid-number',
    title: 'a kid that is a number',
    rfc: 'RFC 7515 §4.1.4',
    profiles: SIGNED,
    make: (tokens) => tokens.mint({ header: { kid: 1 } }),
  },
  {
    id: 'encrypted',
    title: 'five segments, as an encrypted token has',
    rfc: 'RFC 7519 §7.2',
    make: (tokens) => `${tokens.mint()}.${encode('{}')}.${encode('{}')}`,
  },
  {
    id: 'oversized',
    title: 'a good token of more than 8 KiB',
    rfc: 'bounded input',
    severity: 'should',
    alsoStatus: [400, 413, 431],
    make: (tokens) => tokens.mint({ claims: { x: 'x'.repeat(OVERSIZED) } }),
  },
];

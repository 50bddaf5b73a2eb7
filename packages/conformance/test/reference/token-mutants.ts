import { createHash } from 'node:crypto';
import { callerOf, type Given, type Mutation } from './service.ts';

interface Decoded {
  readonly raw: string;
  readonly segments: readonly string[];
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
}

const partOf = (segment = ''): Record<string, unknown> => {
  const text = Buffer.from(segment, 'base64url').toString();
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
};

const decoded = ({ message }: Given): Decoded => {
  const raw = (message.headers.authorization ?? '').replace(/^Bearer /, '');
  const segments = raw.split('.');
  return { raw, segments, header: partOf(segments[0]), claims: partOf(segments[1]) };
};

/** Lets in who bears such a token, whatever else is wrong with it. */
const accepts = (isSuch: (token: Decoded) => boolean): Mutation => ({
  before: (given, service) => {
    const token = decoded(given);
    if (token.raw === '' || !isSuch(token)) return undefined;
    const { sub = 'x', id = 910_001, scope = 'notes:read notes:write' } = token.claims;
    return service.serveAs(given, callerOf(String(sub), { id, scope }));
  },
});

const now = () => Date.now() / 1000;
const bytesOf = ({ segments }: Decoded) => Buffer.from(segments[2] ?? '', 'base64url');
const isRespelled = ({ segments: [, , signature = ''] }: Decoded) =>
  /^[\w-]+$/.test(signature) &&
  Buffer.from(signature, 'base64url').toString('base64url') !== signature;
const statusOf = ({ claims }: Decoded): Record<string, unknown> => {
  const { status_list = {} } = (claims.status ?? {}) as { status_list?: Record<string, unknown> };
  return status_list;
};
const audience = ({ claims }: Decoded) => JSON.stringify(claims.aud);
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** By the check that finds it, a token that a careless service lets in. */
export const TOKEN_MUTANTS: Readonly<Record<string, Mutation>> = {
  'token.no-jwt': accepts(({ raw }) => raw === 'not-a-token'),
  'token.two-segments': accepts(({ segments }) => segments.length === 2),
  'token.four-segments': accepts(({ segments }) => segments[3] === 'e30' && segments.length === 4),
  'token.trailing-dot': accepts(({ segments }) => segments[3] === ''),
  'token.padded': accepts(({ raw }) => raw.endsWith('=')),
  'token.trailing-bits': accepts(isRespelled),
  'token.base64-alphabet': accepts(({ raw }) => /[+/]/.test(raw)),
  'token.payload-array': accepts(({ claims }) => Array.isArray(claims)),
  'token.payload-no-json': accepts(({ claims }) => String(claims.text).endsWith('}x')),
  'token.header-array': accepts(({ header }) => Array.isArray(header)),
  'token.kid-number': accepts(({ header }) => header.kid === 1),
  'token.encrypted': accepts(({ segments }) => segments.length === 5),
  'token.oversized': accepts(({ raw }) => raw.length > 8_192),
  'token.alg-none': accepts(({ raw, header }) => header.alg === 'none' && raw.endsWith('.')),
  'token.alg-none-spelled-otherwise': accepts(({ header }) => header.alg === 'nOnE'),
  'token.alg-none-signed': accepts(
    ({ raw, header }) => header.alg === 'none' && !raw.endsWith('.'),
  ),
  'token.alg-missing': accepts(({ header }) => 'kid' in header && header.alg === undefined),
  'token.other-algorithm': accepts(({ header }) => header.alg === 'RS256'),
  'token.jwk-in-header': accepts(({ header }) => 'jwk' in header),
  'token.jku-in-header': accepts(({ header }) => 'jku' in header),
  'token.x5u-in-header': accepts(({ header }) => 'x5u' in header),
  'token.header-changed': accepts(({ header }) => 'x' in header && !('crit' in header)),
  'token.signature-missing': accepts(
    ({ header, segments }) => header.alg === 'ES256' && segments.length === 3 && segments[2] === '',
  ),
  'token.signature-zero': accepts((token) => digest(bytesOf(token)) === digest(Buffer.alloc(64))),
  'token.signature-longer': accepts((token) => bytesOf(token).length === 65),
  'token.crit-unknown': accepts(({ header }) => String(header.crit) === 'x'),
  'token.crit-b64': accepts(({ header }) => String(header.crit) === 'b64'),
  'token.crit-empty': accepts(
    ({ header }) => Array.isArray(header.crit) && header.crit.length === 0,
  ),
  'token.typ-missing': accepts(({ header }) => header.alg === 'ES256' && !('typ' in header)),
  'token.typ-jwt': accepts(({ header }) => header.typ === 'JWT'),
  'token.typ-other': accepts(({ header }) => header.typ === 'logout+jwt'),
  'token.iss-missing': accepts(({ claims }) => 'aud' in claims && !('iss' in claims)),
  'token.iss-foreign': accepts(({ claims }) => claims.iss === 'https://evil.example'),
  'token.iss-longer': accepts(({ claims }) => /\d\.evil\.example$/.test(String(claims.iss))),
  'token.iss-slash': accepts(({ claims }) => String(claims.iss).endsWith('/')),
  'token.aud-missing': accepts(({ claims }) => 'iss' in claims && !('aud' in claims)),
  'token.aud-foreign': accepts((token) => audience(token) === '"another-service"'),
  'token.aud-list-without': accepts((token) => audience(token) === '["another-service","a-third"]'),
  'token.aud-longer': accepts((token) => audience(token) === '["notes-service-admin"]'),
  'token.aud-words': accepts((token) => audience(token) === '"x notes-service y"'),
  'token.aud-empty': accepts((token) => audience(token) === '[]'),
  'token.exp-past': accepts(
    ({ claims }) => Number(claims.exp) > 1 && Number(claims.exp) < now() - 1_800,
  ),
  'token.exp-past-leeway': accepts(
    ({ claims }) => Number(claims.exp) > now() - 1_800 && Number(claims.exp) < now(),
  ),
  'token.exp-missing': accepts(({ claims }) => 'iss' in claims && !('exp' in claims)),
  'token.exp-null': accepts(({ claims }) => claims.exp === null),
  'token.exp-text': accepts(({ claims }) => typeof claims.exp === 'string'),
  'token.exp-infinite': accepts(({ claims }) => claims.exp === Number.POSITIVE_INFINITY),
  'token.nbf-future': accepts(({ claims }) => typeof claims.nbf === 'number'),
  'token.nbf-text': accepts(({ claims }) => typeof claims.nbf === 'string'),
  'token.iat-text': accepts(({ claims }) => claims.iat === 'now'),
  'token.sub-missing': accepts(({ claims }) => 'iss' in claims && !('sub' in claims)),
  'token.sub-empty': accepts(({ claims }) => claims.sub === ''),
  'token.sub-number': accepts(({ claims }) => typeof claims.sub === 'number'),
  'token.status-idx-beyond': accepts((token) => Number(statusOf(token).idx) > 65_535),
  'token.status-idx-negative': accepts((token) => statusOf(token).idx === -1),
  'token.status-idx-text': accepts((token) => typeof statusOf(token).idx === 'string'),
  'token.status-elsewhere': accepts((token) => String(statusOf(token).uri).includes('elsewhere')),
};

/** The checks that a service fails which reads claims without looking at the signature. */
export const UNSIGNED_FINDS = [
  'token.hmac-with-public-key',
  'token.hmac-with-jwk',
  'token.hmac-with-nothing',
  'token.wrong-key',
  'token.payload-changed',
  'token.header-changed',
  'token.signature-changed',
  'token.signature-zero',
];
export const UNSIGNED = accepts(
  ({ claims, segments, header }) =>
    segments.length === 3 && String(claims.aud) === 'notes-service' && !('crit' in header),
);

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';

export const ISSUER = 'https://login.example.com';
export const AUDIENCE = 'todo-service';
export const SECRET = 'b1946ac92492d2347c6235b4d2611184c1a0f3e2b5d49687f0e1c2d3a4b59687';

export const ALGORITHMS = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type BenchAlgorithm = (typeof ALGORITHMS)[number];

export interface BenchTokens {
  readonly algorithm: BenchAlgorithm;
  readonly tokens: readonly string[];
  readonly publicKey: KeyObject | undefined;
  readonly pem: string;
  readonly jwk: Record<string, unknown>;
  readonly privateJwk: JWK;
}

const pairOf = (algorithm: BenchAlgorithm) => {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
};

/** Tokens as the login server of this repository makes them, each with its own `jti`. */
export const benchTokens = async (
  algorithm: BenchAlgorithm,
  count: number,
): Promise<BenchTokens> => {
  const pair = algorithm === 'HS256' ? undefined : pairOf(algorithm);
  const key = pair?.privateKey ?? new TextEncoder().encode(SECRET);
  const tokens = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      new SignJWT({
        client_id: 'web',
        scope: 'todo:read todo:write ticket:read ticket:write',
        id: at,
        roles: ['user'],
        sid: crypto.randomUUID(),
        status: { status_list: { idx: at, uri: `${ISSUER}/status-lists/1` } },
      })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: 'key-1' })
        .setIssuer(ISSUER)
        .setAudience([AUDIENCE, 'support-service'])
        .setSubject(`person-${at}`)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .setExpirationTime('20m')
        .sign(key),
    ),
  );
  const publicKey = pair?.publicKey;
  return {
    algorithm,
    tokens,
    publicKey,
    pem:
      publicKey === undefined ? SECRET : String(publicKey.export({ type: 'spki', format: 'pem' })),
    jwk:
      publicKey === undefined
        ? {}
        : { ...(await exportJWK(publicKey)), kid: 'key-1', alg: algorithm, use: 'sig' },
    privateJwk: await exportJWK(key),
  };
};

/** The token as it comes off a socket: a string that was never hashed nor compared before. */
export const freshCopies = (tokens: readonly string[]) => {
  const lines = tokens.map((token) => Buffer.from(`Bearer ${token}`, 'latin1'));
  let copies: string[] = [];
  return {
    prepare: (calls: number): void => {
      copies = Array.from({ length: calls }, (_, at) =>
        (lines[at % lines.length] as Buffer).toString('latin1'),
      );
    },
    token: (call: number): string => (copies[call] as string).slice(7),
  };
};

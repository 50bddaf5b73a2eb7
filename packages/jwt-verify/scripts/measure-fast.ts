/** Measures each file of src/fast/ against the plain way; the figures of docs/decisions/019. */
import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { decodeBase64url } from '../src/base64url.ts';
import { derFromP1363 } from '../src/fast/der-signature.ts';
import { hmacCheck } from '../src/fast/hmac-check.ts';
import { KnownHeaders } from '../src/fast/known-headers.ts';
import { parseJsonObject } from '../src/fast/parse-json.ts';
import { TokenCache } from '../src/fast/token-cache.ts';
import { checkHeader } from '../src/header-rules.ts';
import { isJsonObject, type JsonObject } from '../src/json-object.ts';
import type { VerificationKey } from '../src/verification-key.ts';

const ROUNDS = 200;
const ROUND_MS = 2;

/** Both in turn; the shortest time of one call in µs, which load from outside spoils the least. */
const compare = (name: string, fast: () => unknown, plain: () => unknown): void => {
  const timesOf = [fast, plain].map((act) => {
    let calls = 1;
    for (;;) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) act();
      if (performance.now() - start >= ROUND_MS) return { act, calls, us: [] as number[] };
      calls *= 2;
    }
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { act, calls, us } of timesOf) {
      const start = performance.now();
      for (let i = 0; i < calls; i++) act();
      us.push(((performance.now() - start) * 1000) / calls);
    }
  }
  const [here, there] = timesOf.map(({ us }) => Math.min(...us).toFixed(2));
  process.stdout.write(`${name.padEnd(16)}${here} µs, plain ${there} µs\n`);
};

const header = { alg: 'ES256', typ: 'at+jwt', kid: 'd2c7f1e4-8b0a-4c5e-9d13-6f7a8b9c0d1e' };
const claims = {
  iss: 'https://login.example.com',
  aud: ['todo-service', 'support-service'],
  sub: '0b9b6a8e-58a5-4f0c-9d60-8b1d6b6a2a11',
  client_id: 'web',
  jti: 'b3a0ac4e-1f39-4c9c-8a6a-0d6a0a1f7c55',
  iat: 1_800_000_000,
  exp: 1_800_001_200,
  scope: 'todo:read todo:write ticket:read ticket:write',
  roles: ['user'],
};
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const headerSegment = encode(header);
const signed = `${headerSegment}.${encode(claims)}`;

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = createPublicKey(pair.privateKey);
const bytes = Buffer.from(signed, 'latin1');
const dsaEncoding = 'ieee-p1363';
const signature = sign('sha256', bytes, { key: pair.privateKey, dsaEncoding });
compare(
  'der-signature',
  () => verify('sha256', bytes, key, derFromP1363(signature)),
  () => verify('sha256', bytes, { key, dsaEncoding }, signature),
);

const secret = Buffer.from('7d0f2b6a915c4e83b7a1f06d2c98e5341b6f0a9d8e27c35f4a1b9c0d6e8f7a23');
const mac = createHmac('sha256', secret).update(signed, 'latin1').digest();
const check = hmacCheck('sha256', secret, 32);
compare(
  'hmac-check',
  () => check(signed, signed.length, mac),
  () => timingSafeEqual(createHmac('sha256', secret).update(signed, 'latin1').digest(), mac),
);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const isPlain = (value: object, depth: number): boolean =>
  depth <= 32 &&
  !Object.hasOwn(value, '__proto__') &&
  Object.values(value).every(
    (member) => typeof member !== 'object' || member === null || isPlain(member, depth + 1),
  );
const payload = Buffer.from(JSON.stringify(claims));
compare(
  'parse-json',
  () => parseJsonObject(payload),
  () => {
    const value: unknown = JSON.parse(decoder.decode(payload));
    return isJsonObject(value) && isPlain(value, 0);
  },
);

const rules = { algorithms: ['ES256'], typ: 'at+jwt', typMayBeAbsent: false } as const;
const known = new KnownHeaders();
const refuse = () => {
  throw new Error('refused');
};
known.add(headerSegment, header, rules, checkHeader(header, rules, refuse));
compare(
  'known-headers',
  () =>
    known.parsed(signed.slice(0, headerSegment.length)) &&
    known.checked(signed.slice(0, headerSegment.length), rules),
  () => {
    const parsed = parseJsonObject(
      decodeBase64url(signed.slice(0, headerSegment.length)) as Buffer,
    );
    return checkHeader(parsed as JsonObject, rules, refuse);
  },
);

// Off the socket each time: a string that is looked up again has its hash already.
const received = Buffer.from(`Bearer ${signed}.${signature.toString('base64url')}`, 'latin1');
const tokenOf = () => received.toString('latin1', 7);
const cache = new TokenCache({ maxEntries: 10_000, maxBytes: 2 ** 25 });
const period = { notBeforeMs: 0, expiresMs: Number.MAX_SAFE_INTEGER };
const usable = { usableUntilMs: Number.MAX_SAFE_INTEGER } as VerificationKey;
cache.add(tokenOf(), {} as never, usable, period);
const plainCache = new Map([[tokenOf(), { ...period, key: usable }]]);
compare(
  'token-cache',
  () => cache.get(tokenOf(), 1),
  () => {
    // The usual LRU of a Map: what was used is taken out and put in last.
    const token = tokenOf();
    const entry = plainCache.get(token);
    if (entry === undefined || entry.expiresMs <= 1) return undefined;
    plainCache.delete(token);
    plainCache.set(token, entry);
    return entry;
  },
);

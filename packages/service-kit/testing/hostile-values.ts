/** What no input may be tripped up by: tried in place of every parameter, header and member. */

const NUL = '\0';
const LONE_SURROGATE = '\ud800';
/** One letter that NFKC makes 18 of. */
const EXPANDING = '\ufdfa';
/** Marks that NFC has to sort, in the order that takes it longest. */
const UNSORTED_MARKS = `a${'\u0300'.repeat(700)}${'\u0316'.repeat(700)}`;

/** As they are written in JSON; every other place has them percent-encoded. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  NUL,
  `a${NUL}b`,
  `1${NUL}`,
  LONE_SURROGATE,
  `a${LONE_SURROGATE}`,
  `a@${LONE_SURROGATE}.example`,
  EXPANDING,
  EXPANDING.repeat(400),
  UNSORTED_MARKS,
  'x'.repeat(5_000),
  '\u202eabc',
  '\ufeff',
  '\uffff',
  '\r\nX-Injected: 1',
  '\u0130stanbul',
  '\u{1F600}'.repeat(70),
  ...['-1', '-0', '0', '00', '1.5', '1e3', '1e309', 'NaN', 'Infinity', '0x10', '+1', '\u0663'],
  ...['2147483647', '2147483648', '4294967296', '9007199254740993', '999999999999999999'],
  ...['9223372036854775807', '9223372036854775808', '9'.repeat(40)],
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59Z'],
  ...['9999-12-31T23:59:59-23:59', '9999-12-31T23:59:59.999999999Z', '-000001-01-01T00:00:00Z'],
  ...['+275760-09-13T00:00:00.000Z', '+275760-09-13T00:00:00.001Z', '294276-12-31T23:59:59Z'],
  ...['294277-01-01T00:00:00Z', '4713-01-01T00:00:00Z BC', '2026-02-30T00:00:00Z'],
  ...['2026-01-01T00:00:60Z', '2026-01-01T24:00:00Z', '0000-01-01', '9999-12-31', '275760-09-13'],
  ...['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'],
  ...['null', 'undefined', 'true', '[object Object]', '__proto__', 'constructor', 'toString'],
  ...["' OR 1=1 --", '%', '%00', '\\', '_', '*', '..', '../..', 'a;b', 'a b', '"', '{}', '[]'],
  ...['javascript:0', 'http://[::1', 'https://a/\0', `https://a/${LONE_SURROGATE}`, 'data:,'],
  ...['http://localhost:8080/todo/\0', 'https://user@a.example/', 'urn:x'],
];

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Cursors as a list makes them, with keys that it never does. */
const hostileCursors: readonly string[] = [
  ...[null, {}, [], [null], [0], [-1], [1.5], [2_147_483_648], [1e308], [2 ** 53], [NUL], ['']],
  ...[[LONE_SURROGATE], ['NaN'], ['Infinity'], ['-1'], ['999999999999999999'], ['1'.repeat(40)]],
  ...[['9223372036854775808'], [{ gt: 0 }], [[1]], [1, 2, 3], [true], ['x'.repeat(300)]],
  ...[NUL, `a${NUL}`, LONE_SURROGATE, '', 'NaN', 1e308, -1, 2_147_483_648, null].map((v) => [v, 1]),
  ...['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z'].map((v) => [
    v,
    1,
  ]),
  ...['+275760-09-13T00:00:00.000Z', '-000001-01-01T00:00:00.000Z'].map((v) => [v, 1]),
]
  .map(encode)
  .concat(
    Buffer.from(`${'['.repeat(150)}${']'.repeat(150)}`).toString('base64url'),
    Buffer.from([0xff, 0xfe]).toString('base64url'),
    'A',
    '!',
  );

const unsigned = (payload: unknown) => `${encode({ alg: 'none' })}.${encode(payload)}.`;

/** Tokens and assertions that nobody signed. */
const hostileTokens: readonly string[] = [
  ...[null, [], {}, { sub: NUL }, { sub: LONE_SURROGATE }, { sub: {} }, { sub: [] }, { sub: 1 }],
  ...[{ sub: 'x'.repeat(3_000) }, { sub: 'a', jti: {} }, { sub: 'a', exp: 1e308 }],
]
  .map(unsigned)
  .concat('.', '..', '....', `${'a.'.repeat(2_000)}`, `rt_${'A'.repeat(43)}`, `rt_${NUL}`);

/** Every text for one percent-encoded value of a path, a query or a form. */
export const hostileEncoded: readonly string[] = [
  ...[...hostileTexts, ...hostileCursors, ...hostileTokens].map((text) =>
    encodeURIComponent(text.toWellFormed()),
  ),
  // What is no UTF-8: a lone surrogate, an overlong NUL, a byte of its own, half an escape.
  ...['%ED%A0%80', '%C0%80', '%FF', 'a%FFb', '%', '%zz', '%u0000'],
];

/** Every value for one member of a JSON body. */
export const hostileJson: readonly unknown[] = [
  ...hostileTexts,
  ...[undefined, null, true, 0, -0, -1, 1.5, 1e308, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 31) - 1],
  ...[[], [null], [[]], {}, { toString: 1 }, { $gt: 0 }, { length: -1 }],
  ...[[NUL], [LONE_SURROGATE], ['x'.repeat(5_000)], { [NUL]: 1 }, { a: NUL }, { kty: 'EC' }],
  { keys: [{ kty: 'EC', alg: 'ES256', x: NUL }] },
  { keys: [{ kty: 'EC', alg: 'ES256', [NUL]: 1 }] },
  { keys: [{ kty: 'EC', alg: 'ES256', x: LONE_SURROGATE }] },
  nested(12),
  nested(40),
  Array.from({ length: 3_000 }, () => 'x'),
];

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

/** Bodies that are wrong as a whole, for JSON and forms alike. */
export const hostileBodies: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  ...['', ' ', 'null', '1', '"a"', '[]', '{}', '{', NUL, '\ufeff{}', '{"a":1}{"a":1}', 'NaN'],
  ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}', '{"toString":1}'],
  ...['&', '=', '=&=', 'a[b]=1', 'a[]=1&a[]=2', '__proto__=1', 'hasOwnProperty=1', '%', '%00=%00'],
  `{${Array.from({ length: 4_000 }, (_, i) => `"${i}":1`).join()}}`,
  `[${'['.repeat(20_000)}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `[${'1,'.repeat(30_000)}1]`,
  Array.from({ length: 31 }, (_, i) => `${EXPANDING.repeat(5)}${i}=${EXPANDING}`).join('&'),
  'a=1&'.repeat(3_000),
  'x'.repeat(70_000),
  new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  new Uint8Array(Buffer.from('{}', 'utf16le')),
];

/** By name, what Node lets through: bytes, no line ends, no NUL. */
export const hostileHeaders: readonly (readonly [name: string, value: string])[] = [
  ...['\xff\xfe', 'x'.repeat(4_000), '\x9b31m', '%00', '', '\t'].map(
    (value) => ['user-agent', value] as const,
  ),
  ...['\xff', 'x'.repeat(4_000), '', '12345678\xff', '%00%00%00%00'].map(
    (value) => ['x-request-id', value] as const,
  ),
  ...['00-', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'x'.repeat(4_000), '\xff'].map(
    (value) => ['traceparent', value] as const,
  ),
  ...[
    'Bearer',
    'Bearer ',
    'Bearer \xff',
    `Bearer ${'a.'.repeat(3_000)}`,
    'Basic',
    'Basic !',
    '',
  ].map((value) => ['authorization', value] as const),
  ...[':', '\0:\0', 'a\0:b', '%00:%00', '%ED%A0%80:x', '%:%', 'x', `${'x'.repeat(3_000)}:y`].map(
    (value) => ['authorization', `Basic ${Buffer.from(value).toString('base64')}`] as const,
  ),
  ...['\xff', 'x'.repeat(300), 'unknown', '::ffff:1.2.3.4, "', '1.2.3.4:99999'].map(
    (value) => ['x-forwarded-for', value] as const,
  ),
  ...['', 'text/plain', 'application/json; charset=utf-16', 'a;'.repeat(500), '\xff'].map(
    (value) => ['content-type', value] as const,
  ),
  ...['gzip', 'br, gzip', 'x'].map((value) => ['content-encoding', value] as const),
  ...['*/*;q=2', '\xff', ',;'.repeat(500)].map((value) => ['accept', value] as const),
  ...['bytes=0-', 'bytes=-9999999999999999'].map((value) => ['range', value] as const),
  ['if-none-match', '"\xff"'],
  ['if-modified-since', '+275760-09-13'],
  ['cookie', 'a=\xff; __proto__=1'],
];

/** Claims of a token whose signature is good, as another holder of a shared secret could make them. */
export const hostileClaims: readonly Record<string, unknown>[] = [
  ...[NUL, `a${NUL}`, LONE_SURROGATE, 'x'.repeat(5_000), EXPANDING.repeat(400)].flatMap((text) =>
    ['sub', 'jti', 'sid', 'client_id', 'scope'].map((claim) => ({ [claim]: text })),
  ),
  ...[-1, 0, 1.5, 1e308, 2_147_483_648, '1', null, {}, [], true, NUL].map((id) => ({ id })),
  ...[1, null, {}, [], [NUL]].flatMap((value) =>
    ['jti', 'sid', 'act', 'client_id'].map((claim) => ({ [claim]: value })),
  ),
  { sid: 'not-a-uuid' },
  { act: { sub: NUL } },
  { auth_time: 1e308 },
];

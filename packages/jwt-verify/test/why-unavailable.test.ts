import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createVerifier, type VerifierEvent, type VerifierOptions } from '../src/index.ts';
import { reasonOf } from '../src/reason.ts';
import { AUDIENCE, claimsOf, mint, signingKey } from './tokens.ts';

const key = signingKey('ES256');
const CLI = join(import.meta.dirname, '../src/cli.ts');
const json = (response: ServerResponse, body: unknown) => void response.end(JSON.stringify(body));

let server: Server;
let origin: string;
let closedOrigin: string;
const listen = async (made: Server): Promise<string> => {
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
};

// Each first part of the path is an issuer with another trouble.
const TROUBLES: Record<string, (response: ServerResponse, url: string) => void> = {
  moved: (response) =>
    void response.writeHead(302, { location: 'https://login.example/keys' }).end(),
  broken: (response) => void response.writeHead(500).end(),
  missing: (response) => void response.writeHead(404).end(),
  html: (response) => void response.end('<html>'),
  other: (response) => json(response, { issuer: 'https://login.example/v2.0', jwks_uri: 'x' }),
  nowhere: (response) => json(response, { issuer: `${origin}/nowhere` }),
  insecure: (response) =>
    json(response, { issuer: `${origin}/insecure`, jwks_uri: 'http://keys.example/' }),
  useless: (response, url) =>
    url.endsWith('/keys')
      ? json(response, { keys: [{ ...key.jwk, use: 'enc' }] })
      : json(response, { issuer: `${origin}/useless`, jwks_uri: `${origin}/useless/keys` }),
  slow: () => {},
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url ?? '';
    const name = Object.keys(TROUBLES).find((trouble) => url.split('/').includes(trouble));
    TROUBLES[name ?? 'missing']?.(response, url);
  });
  origin = await listen(server);
  const closed = createServer();
  closedOrigin = await listen(closed);
  closed.close();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => vi.unstubAllGlobals());

const failureOf = async (options: Partial<VerifierOptions>) => {
  const events: VerifierEvent[] = [];
  const issuer = 'issuer' in options ? (options.issuer as string) : 'https://login.example';
  const verifier = createVerifier({
    issuer,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    onEvent: (event) => void events.push(event),
    ...options,
  } as VerifierOptions);
  const exp = Math.floor(Date.now() / 1000) + 600;
  const token = mint(key, claimsOf({ iss: issuer, iat: 0, exp }));
  const error = await verifier.verify(token).catch((refusal: unknown) => refusal);
  const ready = await verifier.ready({ timeoutMs: 0 }).catch((refusal: unknown) => refusal);
  verifier.close();
  const event = events.find(({ type }) => type === 'keys_refresh_failed');
  const reported = event !== undefined && 'error' in event ? event.error : undefined;
  return { token, error: error as Error, ready: ready as Error, reported };
};

const explain = (token: string, issuer: string) =>
  new Promise<{ line: string | undefined; code: unknown }>((resolve) =>
    execFile(
      process.execPath,
      [CLI, token, '--issuer', issuer, '--audience', AUDIENCE],
      (error, stdout) =>
        resolve({ line: stdout.split('\n').find((one) => one.startsWith('✗')), code: error?.code }),
    ),
  );

describe('why keys are unavailable is in the event, in the cause and in the command', () => {
  test.each<[string, () => string, RegExp]>([
    ['refused', () => closedOrigin, /connect ECONNREFUSED 127\.0\.0\.1/],
    ['no TLS', () => origin.replace('http:', 'https:'), /SSL|TLS/],
    ['a redirect', () => `${origin}/moved`, /answered 302, a redirect to https:\/\/login\.example/],
    ['status 500', () => `${origin}/broken`, /openid-configuration answered 500/],
    ['no metadata', () => `${origin}/missing`, /openid-configuration and .*server\/missing answ/],
    ['no JSON', () => `${origin}/html`, /openid-configuration is not a JSON object/],
    [
      'another issuer',
      () => `${origin}/other`,
      /another issuer: "https:\/\/login\.example\/v2\.0"/,
    ],
    ['no jwks_uri', () => `${origin}/nowhere`, /has no jwks_uri/],
    ['a jwks_uri over http', () => `${origin}/insecure`, /jwks_uri in the metadata.*must be https/],
    ['no usable key', () => `${origin}/useless`, /no key can be used: "key-ES256": its use is not/],
  ])('%s', async (_name, issuerOf, why) => {
    const issuer = issuerOf();
    const { token, error, ready, reported } = await failureOf({ issuer });
    expect(reported?.message).toMatch(why);
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503 });
    expect(error.cause).toBe(reported);
    expect(ready).toMatchObject({ code: 'keys_unavailable', cause: reported });
    // What may reach a client says nothing of it.
    const shown = JSON.stringify([error, (error as never as { toProblem(): object }).toProblem()]);
    expect(shown + error.message).not.toMatch(why);
    const { line, code } = await explain(token, issuer);
    expect([code, line?.replaceAll('\\"', '"')]).toEqual([3, expect.stringMatching(why)]);
  });

  test('no answer in time', async () => {
    const keys = { url: `${origin}/slow/keys`, timeoutMs: 50 };
    const { reported } = await failureOf({ keys });
    expect(reported?.message).toBe(`${keys.url}: no answer within 50 ms`);
  });

  test('a fetch that follows redirects by itself is not followed', async () => {
    const answer = Response.json({ keys: [key.jwk] });
    Object.defineProperty(answer, 'redirected', { value: true });
    Object.defineProperty(answer, 'url', { value: 'https://elsewhere.example/' });
    const { error, reported } = await failureOf({
      keys: { url: `${origin}/keys` },
      fetch: async () => answer,
    });
    expect(error).toMatchObject({ code: 'keys_unavailable' });
    expect(reported?.message).toContain('a redirect to https://elsewhere.example/');
  });

  test('an error of another realm, as test runners have them, keeps its cause', async () => {
    const foreign = runInNewContext(`
      const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      new TypeError('fetch failed', { cause });
    `) as Error;
    expect(foreign).not.toBeInstanceOf(Error);
    const { error, reported } = await failureOf({ fetch: () => Promise.reject(foreign) });
    expect(reported?.message).toMatch(/fetch failed: connect ECONNREFUSED$/);
    expect((error.cause as Error).cause).toBe(foreign);
  });
});

describe('a reason', () => {
  test.each<[string, unknown, string]>([
    ['of a chain', new Error('a', { cause: new Error('b', { cause: 'c' }) }), 'a: b: c'],
    [
      'of several addresses',
      Object.assign(
        new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 too')], ''),
        {
          code: 'ECONNREFUSED',
        },
      ),
      '::1 refused, 127.0.0.1 too (ECONNREFUSED)',
    ],
    ['with a code alone', Object.assign(new Error(''), { code: 'EPIPE' }), 'EPIPE'],
    ['said twice', new Error('a: b', { cause: new Error('b') }), 'a: b'],
    ['that is text', 'no', 'no'],
    ['that is nothing', undefined, ''],
  ])('%s', (_name, error, reason) => expect(reasonOf(error)).toBe(reason));

  test('has an end, however long or circular the chain is', () => {
    const circular = new Error('round');
    circular.cause = circular;
    expect(reasonOf(circular)).toBe('round');
    expect(reasonOf(new Error('x'.repeat(5000)))).toHaveLength(1000);
  });
});

test('fetch and the clock are looked up when they are used', async () => {
  const issuer = 'https://login.example';
  const verifier = createVerifier({ issuer, audience: AUDIENCE, algorithms: ['ES256'] });
  const given = createVerifier({
    issuer,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { jwks: { keys: [key.jwk] } },
  });
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return Response.json({ issuer, jwks_uri: `${issuer}/keys`, keys: [key.jwk] });
  });
  const exp = Math.floor(Date.now() / 1000) + 600;
  const token = mint(key, claimsOf({ iss: issuer, iat: 0, exp }));
  expect((await verifier.verify(token)).subject).toBe('wangerge');
  expect(asked).toHaveLength(2);
  given.verifySync(token);
  const RealDate = Date;
  vi.stubGlobal('Date', { now: () => RealDate.now() + 3_600_000 });
  for (const each of [verifier, given]) {
    expect(() => each.verifySync(token)).toThrow(
      expect.objectContaining({ code: 'token_expired' }),
    );
  }
  vi.unstubAllGlobals();
  verifier.close();
});

test('a schema that answers later is refused in any realm', () => {
  const verifier = createVerifier({
    issuer: 'https://login.example.com',
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { jwks: { keys: [key.jwk] } },
    now: () => 1_800_000_000_000,
    claims: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => runInNewContext('Promise.resolve({ issues: [{ message: "no" }] })'),
      },
    },
  });
  expect(() => verifier.verifySync(mint(key))).toThrow(/validates synchronously/);
});

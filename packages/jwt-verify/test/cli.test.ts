import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AUDIENCE, claimsOf, headerOf, ISSUER, mint, NOW_SECONDS, signingKey } from './tokens.ts';

const key = signingKey('ES256');
const weak = { ...signingKey('ES256', 'enc').jwk, use: 'enc' };
const folder = mkdtempSync(join(tmpdir(), 'jwt-verify-cli-'));
const jwks = join(folder, 'keys.json');
writeFileSync(jwks, JSON.stringify({ keys: [weak, key.jwk] }));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (token: string, ...flags: string[]) => {
  const at = new Date(NOW_SECONDS * 1000).toISOString();
  const cli = join(import.meta.dirname, '../src/cli.ts');
  const args = [cli, token, '--jwks', jwks, '--at', at, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr, verdict: stdout.trimEnd().split('\n').at(-1) };
};
const bare = mint(
  key,
  claimsOf({ iss: undefined, aud: undefined }),
  headerOf(key, { typ: undefined }),
);
const IF_PRESENT = [
  ...['--issuer-if-present', ISSUER],
  ...['--audience-if-present', 'other', '--audience-if-present', AUDIENCE],
  ...['--typ-if-present', 'at+jwt'],
];
const EXACT = ['--issuer', ISSUER, '--audience', AUDIENCE];
const NONE = ['--issuer', 'none', '--audience', 'none', '--typ', 'none'];

test.each<[string, string, readonly string[], string]>([
  ['absent', bare, IF_PRESENT, 'accepted'],
  ['present and right', mint(key), IF_PRESENT, 'accepted'],
  ["another's iss", mint(key, claimsOf({ iss: 'x' })), IF_PRESENT, 'refused (issuer_mismatch)'],
  ["another's aud", mint(key, claimsOf({ aud: 'x' })), IF_PRESENT, 'refused (audience_mismatch)'],
  ['absent, but required', bare, EXACT, 'refused (claim_missing)'],
  ["another's, not checked", mint(key, claimsOf({ iss: 'x', aud: 'x' })), NONE, 'accepted'],
])('%s', (_name, token, flags, verdict) => {
  const seen = run(token, ...flags);
  expect([seen.verdict, seen.status]).toEqual([verdict, verdict === 'accepted' ? 0 : 1]);
});

test('an unknown key: it says which keys of the set are passed over', () => {
  const { stdout } = run(mint(key, claimsOf(), headerOf(key, { kid: 'enc' })), ...EXACT);
  expect(stdout).toContain(`a key that can't be used: "enc": its use is not "sig"`);
  expect(run(mint(key), ...EXACT).stdout).not.toContain("can't be used");
});

test.each<[string, readonly string[], RegExp]>([
  ['no issuer', ['--audience', AUDIENCE], /give --issuer;/],
  ['no audience', ['--issuer', ISSUER], /give --audience;/],
  ['both forms', [...EXACT, '--audience-if-present', 'x'], /--audience or --audience-if-present/],
  ['an empty one', ['--issuer-if-present', '', '--audience', AUDIENCE], /issuer is missing/],
  ['half a template', ['--issuer', 'https://h/{tenant}/', '--audience', AUDIENCE], /braces/],
])('wrong usage: %s', (_name, flags, message) => {
  const { status, stderr } = run(mint(key), ...flags);
  expect([status, stderr.trimEnd().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toMatch(message);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const src = join(import.meta.dirname, '../src');
/** Where tokens are ended: each act there says whose are revoked. */
const ENDINGS = 'revocation/ending-repository.ts';

/** What changes or removes an account, a session or a client. */
const WRITE =
  /\b(?:user|session|client)\.(?:update|upsert|delete)\w*\(|\b(?:UPDATE|DELETE FROM|MERGE INTO)\s+"?(?:user|session|client)"?\s|'(?:session|client|user)',\s+'id'/gi;

const writes = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(join(src, file), 'utf8').matchAll(WRITE)].map(([text]) => ({
      file: file.replaceAll('\\', '/'),
      text: text.trim().replaceAll(/\s+/g, ' '),
    })),
  );

test('accounts, sessions and clients are ended in one place; what else is written ends no token', () => {
  const elsewhere = writes
    .filter(({ file }) => file !== ENDINGS)
    .map(({ file, text }) => `${file}: ${text}`);
  // A new line here needs a reason why it ends nothing; if it does, it belongs to the endings.
  expect(elsewhere.sort()).toEqual([
    // An address is given, and verified. A first password is set; a hash of the same one is renewed; an account is
    // made active again.
    'accounts/user-repository.ts: user.update(',
    'accounts/user-repository.ts: user.update(',
    'accounts/user-repository.ts: user.updateMany(',
    'accounts/user-repository.ts: user.updateMany(',
    'accounts/user-repository.ts: user.updateMany(',
    // The secret.
    'clients/client-repository.ts: client.update(',
    // Those without a session for longer than a token lives; then expired ones, which no token outlives.
    "housekeeping/expired-row-repository.ts: 'client', 'id'",
    "housekeeping/expired-row-repository.ts: 'session', 'id'",
    // The folded forms of a name.
    'names/name-repository.ts: user.updateMany(',
    // The time of the last use.
    'sessions/session-repository.ts: UPDATE session',
  ]);
  expect(writes.filter(({ file }) => file === ENDINGS)).toHaveLength(6);
});

test('nothing but a transaction is given what ends tokens, and it revokes them', () => {
  const users = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith('.ts') &&
      /\b(?:ending|revocation)Repository\(/.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(users.map((file) => file.replaceAll('\\', '/')).sort()).toEqual([
    ENDINGS,
    'revocation/revocation-repository.ts',
    'store.ts',
  ]);
});

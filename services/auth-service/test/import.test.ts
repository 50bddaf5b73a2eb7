import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash as argon2 } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IMPORT_BATCH } from '../src/import/import-operations.ts';
import { hashProblem } from '../src/passwords/imported-hash.ts';
import { runCli } from './cli-process.ts';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
let folder: string;
let legacy: string;
beforeAll(async () => {
  auth = await startAuthService();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
  legacy = await bcrypt(PASSWORD, { cost: 4 });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await auth.stop();
});

async function importFile(name: string, content: string | Buffer, ...options: string[]) {
  const file = join(folder, name);
  await writeFile(file, content);
  return runCli(auth.scratch.url, ['users', 'import', file, ...options]);
}

const importedEvents = () => auth.db.auditEvent.count({ where: { type: 'user.imported' } });

test('CSV: imported people log in; a second run finds them there', async () => {
  const phc = await argon2(PASSWORD, { memoryCost: 4_096, timeCost: 3, parallelism: 1 });
  const csv = [
    '\uFEFFusername,password_hash,roles',
    `imp.bcrypt,${legacy},`,
    `imp.argon2,"${phc}","user, agent"`,
    `support,${legacy},user admin`,
    '',
  ].join('\r\n');
  const dry = await importFile('people.csv', csv, '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toBe('3 would be imported, 0 already there, 0 refused\n');
  expect(await auth.db.user.count({ where: { username: 'imp.bcrypt' } })).toBe(0);

  const first = await importFile('people.csv', csv);
  expect(first).toEqual({
    code: 0,
    stdout: '3 imported, 0 already there, 0 refused\n',
    stderr: '',
  });
  expect(await importedEvents()).toBe(3);
  for (const username of ['imp.bcrypt', 'imp.argon2', 'support']) {
    expect((await auth.login(username)).status).toBe(200);
  }
  const people = await auth.db.user.findMany({
    where: { username: { in: ['imp.bcrypt', 'imp.argon2', 'support'] } },
    orderBy: { username: 'asc' },
  });
  expect(people.map(({ roles }) => roles)).toEqual([
    ['user', 'agent'],
    ['user'],
    ['user', 'admin'],
  ]);
  // The logins above replaced the hashes; the file's must not come back.
  const second = await importFile('people.csv', csv);
  expect(second.stdout).toBe('0 imported, 3 already there, 0 refused\n');
  expect(await auth.db.user.count({ where: { passwordHash: { startsWith: '$2' } } })).toBe(0);
  expect(await importedEvents()).toBe(3);
});

test('what is refused is reported by line and reason, never with the hash', async () => {
  await auth.db.user.create({
    data: { username: 'left.long', skeleton: 'left.long', deletedAt: new Date() },
  });
  const lines: [object | string, RegExp | undefined][] = [
    [{ username: 'jl.good', password_hash: legacy }, undefined],
    [{ username: 'x', password_hash: legacy }, /^line 2: username must be 2 to 64/],
    [
      { username: 'jl.plain', password_hash: 'hunter2hunter2' },
      /^line 3: password_hash is neither/,
    ],
    [
      { username: 'jl.cost', password_hash: legacy.replace('$04$', '$31$') },
      /line 4: .*cost beyond/,
    ],
    [{ username: 'jl.cut', password_hash: legacy.slice(0, -1) }, /line 5: .*not a whole hash/],
    [{ username: 'jl.more', password_hash: legacy, [legacy]: 1 }, /line 6: only username/],
    [{ username: 'jl.none' }, /line 7: password_hash/],
    ['{"username": "jl.broken"', /line 8: is not JSON/],
    [{ username: 'w\u0430ngerge', password_hash: legacy }, /line 9: username looks like/],
    [{ username: 'Iatchkey-web', password_hash: legacy }, /line 10: .*client/],
    [{ username: 'left.long', password_hash: legacy }, /line 11: .*deleted account/],
    [{ username: 'JL.good', password_hash: legacy }, /line 12: username looks like/],
    [{ username: 'jl.roles', password_hash: legacy, roles: ['No Such'] }, /line 13: roles/],
    [[], /line 14: is not an object/],
    ['"'.repeat(20_000), /line 15: is too long/],
    [{ username: 'jl.last', password_hash: legacy, roles: ['agent'] }, undefined],
    [{ username: 'jl.good', password_hash: legacy }, undefined],
  ];
  const text = lines.map(([line]) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const { code, stdout, stderr } = await importFile('people.jsonl', text.join('\n'));
  expect([code, stdout]).toEqual([1, '2 imported, 1 already there, 14 refused\n']);
  const reported = stderr.trim().split('\n');
  lines.forEach(([, reason], index) => {
    const line = reported.find((one) => one.startsWith(`line ${index + 1}:`)) ?? '';
    if (reason) expect(line).toMatch(reason);
    else expect(line).toBe('');
  });
  expect(stderr).not.toContain(legacy.slice(7));
  expect(stderr).not.toContain('hunter2');
});

test('CSV: lines that are none are refused, the others come in', async () => {
  const csv = `password_hash,username\n${legacy},csv.one\n${legacy}\n${legacy},csv.two\n`;
  const { code, stdout, stderr } = await importFile('broken.csv', csv);
  expect([code, stdout]).toEqual([1, '2 imported, 0 already there, 1 refused\n']);
  expect(stderr).toMatch(/^line 3: /);
});

const cells = (delimiter: string, ...lines: string[][]) =>
  lines.map((line) => line.join(delimiter)).join('\r\n');

test.each([
  ['semicolons', 'semi', ';'],
  ['tabs', 'tabs', '\t'],
])(
  'CSV as a spreadsheet writes it: %s, and columns named for people',
  async (_, name, delimiter) => {
    const phc = await argon2(PASSWORD, { memoryCost: 4_096, timeCost: 3, parallelism: 1 });
    const csv = cells(
      delimiter,
      ['Username', 'Password Hash', 'ROLES'],
      [`${name}.one`, legacy, 'user,agent'],
      [` ${name}.two@example.org `, phc, ''],
    );
    const answer = await importFile(`${name}.csv`, `\uFEFF${csv}\r\n`);
    expect(answer).toEqual({
      code: 0,
      stdout: '2 imported, 0 already there, 0 refused\n',
      stderr: '',
    });
    expect((await auth.login(`${name}.one`)).status).toBe(200);
    expect((await auth.login(`${name}.two@example.org`)).status).toBe(200);
  },
);

test.each([
  ['empty.csv', '', /nobody in the file/],
  ['header.csv', 'username,password_hash\n', /nobody in the file/],
  ['blank.jsonl', '\n\n', /nobody in the file/],
  ['utf16.csv', Buffer.from('\uFEFFusername,password_hash\n', 'utf16le'), /in UTF-16: save it/],
  ['utf16-bare.csv', Buffer.from('username,password_hash\n', 'utf16le'), /in UTF-16: save it/],
  ['latin1.csv', Buffer.from('username,password_hash\nzo\xeb,x\n', 'latin1'), /not in UTF-8/],
  ['people.jsonl', '[{"username": "a"}]', /one JSON object a line/],
  ['book.csv', Buffer.from('504b030414000600', 'hex'), /workbook/],
])('in one line, and no success: %s', async (name, content, message) => {
  const { code, stdout, stderr } = await importFile(name, content);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^auth: .+\n$/);
  expect(stderr).toMatch(message);
});

test('from standard input, in batches', async () => {
  const people = Array.from({ length: 1_201 }, (_, i) => `stdin.${i},${legacy}`);
  const csv = ['username,password_hash', ...people].join('\n');
  const args = ['users', 'import', '-', '--format', 'csv'];
  const [one, other] = await Promise.all([
    runCli(auth.scratch.url, args, csv),
    runCli(auth.scratch.url, args, csv),
  ]);
  expect([one.code, other.code]).toEqual([0, 0]);
  expect(await auth.db.user.count({ where: { username: { startsWith: 'stdin.' } } })).toBe(1_201);
  expect(await auth.db.auditEvent.count({ where: { subject: { startsWith: 'stdin.' } } })).toBe(
    1_201,
  );
});

test.each([
  ['no such file', ['users', 'import', '/nowhere/people.csv'], 2, /file not found/],
  ['a format that is not said', ['users', 'import', '/nowhere/people'], 2, /--format csv/],
  ['no command', ['users', 'export'], 2, /unknown command/],
])('in one line: %s', async (_name, args, code, line) => {
  const answer = await runCli(auth.scratch.url, args);
  expect(answer.code).toBe(code);
  expect(answer.stderr).toMatch(line);
  expect(answer.stderr).not.toContain('    at ');
});

test('in one line: other columns, no database, no address of one', async () => {
  const columns = await importFile('columns.csv', `username,password_hash,role\na,b,c\n`);
  expect([columns.code, columns.stderr]).toEqual([2, expect.stringContaining('name the columns')]);
  const args = ['users', 'import', join(folder, 'people.csv')];
  const away = await runCli('postgresql://x:y@127.0.0.1:1/x', args);
  expect([away.code, away.stderr.trim()]).toEqual([
    2,
    'auth: The database in DATABASE_URL does not answer.',
  ]);
  const unset = await runCli('', args);
  expect([unset.code, unset.stderr.trim().split('\n').length]).toEqual([78, 1]);
});

test.each([
  ['$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21l$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg', undefined],
  ['$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHRzb21l$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg', /beyond/],
  ['$argon2id$v=19$m=8,t=3,p=4$c29tZXNhbHRzb21l$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg', /beyond/],
  ['$argon2i$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21l$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMg', /neither/],
  ['$2x$04$uuUtS/CDFWf8LSIeScxdHenY/mEpkc28fXnR5baIXL5REZGT/KS5e', /neither/],
  ['', /neither/],
])('%s as an imported hash', (hash, problem) => {
  if (problem) expect(hashProblem(hash)).toMatch(problem);
  else expect(hashProblem(hash)).toBeUndefined();
});

test('a dry run reports the same line in two batches', async () => {
  const rows = Array.from({ length: IMPORT_BATCH }, (_, at) => `many.${at},${legacy}`);
  const twice = [`many.0,${legacy}`, `MANY.0,${legacy}`];
  const csv = ['username,password_hash', ...rows, ...twice].join('\n');
  const dry = await importFile('two.csv', csv, '--dry-run');
  expect(dry.stdout).toBe(`${IMPORT_BATCH} would be imported, 1 already there, 1 refused\n`);
  const real = await importFile('two.csv', csv);
  expect(real.stdout).toBe(`${IMPORT_BATCH} imported, 1 already there, 1 refused\n`);
});

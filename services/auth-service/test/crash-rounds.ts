import { randomInt } from 'node:crypto';
import { requester } from '@latchkey/service-kit/testing/harness';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { IMPORT_BATCH } from '../src/import/import-operations.ts';
import { startCli } from './cli-process.ts';
import { type AuthService, PASSWORD } from './harness.ts';
import { spawnService } from './service-process.ts';

const SETTINGS = {
  KEY_PUBLISH_AHEAD_SECONDS: '0',
  REGISTRATIONS_PER_ADDRESS: '1000000',
  REFRESHES_PER_ADDRESS: '1000000',
};
const LONGEST_LIFE_MS = 400;
const SESSIONS = 4;

export interface CrashReport {
  kills: number;
  registered: number;
  refreshed: number;
  rotated: number;
  /** What must not be: a lost acknowledged write, half a state, a start that fails. */
  faults: string[];
}

/** Kills the service in the midst of registering, refreshing and rotating, and looks what is left. */
export async function crashRounds(auth: AuthService, kills: number): Promise<CrashReport> {
  const report: CrashReport = { kills, registered: 0, refreshed: 0, rotated: 0, faults: [] };
  const tokens: string[] = [];
  for (let i = 0; i < SESSIONS; i++) {
    tokens.push((await auth.login('wangerge')).body.refresh_token);
  }
  const usernames: string[] = [];

  for (let round = 0; round < kills; round++) {
    const service = await spawnService(auth.scratch.url, SETTINGS);
    const request = requester(service.url);
    const retry = tokens.map((_, i) => refresh(request, tokens, i, report));
    for (const status of await Promise.all(retry)) {
      if (status !== 200)
        report.faults.push(`round ${round}: a refresh token was lost (${status})`);
    }
    const login = { username: 'admin', password: PASSWORD, scope: 'admin' };
    const { access_token } = (await request('POST /token', { form: login })).body;
    if (!access_token) report.faults.push(`round ${round}: no login after a start`);

    let alive = true;
    const forever = async (work: (n: number) => Promise<unknown>) => {
      for (let n = 0; alive; n++) await work(n).catch(() => undefined);
    };
    const working = [
      ...tokens.map((_, i) => forever(() => refresh(request, tokens, i, report))),
      forever(async (n) => {
        const username = `round${round}.${n}`;
        const answer = await request('POST /register', { json: { username, password: PASSWORD } });
        if (answer.status === 201) usernames.push(username);
      }),
      forever(async () => {
        const token = access_token;
        const { status } = await request('POST /admin/keys/rotation', { token });
        if (status === 204) report.rotated += 1;
        if (status === 409) await removeRetiring(request, token);
      }),
    ];
    await new Promise((resolve) => setTimeout(resolve, randomInt(LONGEST_LIFE_MS)));
    alive = false;
    await service.kill();
    await Promise.all(working);
    report.faults.push(...(await halfStates(auth)).map((fault) => `round ${round}: ${fault}`));
  }

  report.registered = usernames.length;
  const found = await auth.db.user.count({ where: { username: { in: usernames } } });
  if (found !== usernames.length) report.faults.push('an acknowledged registration was lost');
  return report;
}

/** A set that is full is made room in, so that rotations go on. */
async function removeRetiring(request: ReturnType<typeof requester>, token: string) {
  const { body } = await request('GET /admin/keys', { token });
  const retiring = body.find(({ state }: { state: string }) => state === 'retiring');
  if (retiring) await request(`DELETE /admin/keys/${retiring.id}`, { token });
}

async function refresh(
  request: ReturnType<typeof requester>,
  tokens: string[],
  i: number,
  report: CrashReport,
): Promise<number> {
  const form = { grant_type: 'refresh_token', refresh_token: tokens[i] ?? '' };
  const { status, body } = await request('POST /token', { form });
  if (status === 200) {
    tokens[i] = body.refresh_token;
    report.refreshed += 1;
  }
  return status;
}

async function halfStates({ pool }: AuthService): Promise<string[]> {
  const { rows } = await pool.query(`
    SELECT
      (SELECT count(*) FROM signing_key WHERE state = 'active') <> 1 AS "not one active key",
      (SELECT count(*) FROM signing_key WHERE state = 'next') <> 1 AS "not one next key",
      (SELECT count(*) FROM "user") <>
        (SELECT count(*) FROM audit_event
          WHERE type IN ('user.registered', 'user.imported')) AS "unrecorded people",
      (SELECT count(*) FROM refresh_token WHERE used_at IS NOT NULL) <>
        (SELECT count(*) FROM audit_event WHERE type = 'token.refreshed') AS "unrecorded refreshes",
      (SELECT count(*) FROM issued_token) <>
        (SELECT count(*) FROM audit_event
          WHERE type IN ('login.succeeded', 'token.refreshed')) AS "tokens without a place",
      EXISTS (SELECT FROM refresh_token WHERE used_at IS NULL
        GROUP BY session_id HAVING count(*) > 1) AS "two live tokens in a family"`);
  return Object.entries(rows[0] as Record<string, boolean>).flatMap(([name, is]) =>
    is ? name : [],
  );
}

const PEOPLE = 3_000;

/** Kills an import once its first batch is there, looks what is left, and runs it again to the end. */
export async function importRounds(auth: AuthService, kills: number) {
  const faults: string[] = [];
  const left: number[] = [];
  const hash = await bcrypt(PASSWORD, { cost: 4 });
  const args = ['users', 'import', '-', '--format', 'csv'];
  for (let round = 0; round < kills; round++) {
    const where = { username: { startsWith: `import${round}.` } };
    const imported = () => auth.db.user.count({ where });
    const lines = Array.from({ length: PEOPLE }, (_, n) => `import${round}.${n},${hash}`);
    const csv = ['username,password_hash', ...lines].join('\n');
    const first = startCli(auth.scratch.url, args, csv);
    let ended = false;
    first.ended.then(() => {
      ended = true;
    });
    while (!ended && (await imported()) === 0);
    await new Promise((resolve) => setTimeout(resolve, randomInt(LONGEST_LIFE_MS)));
    first.kill();
    await first.ended;
    left.push(await imported());
    if ((left.at(-1) ?? 0) % IMPORT_BATCH !== 0) faults.push(`round ${round}: part of a batch`);
    faults.push(...(await halfStates(auth)).map((fault) => `round ${round}: ${fault}`));
    const again = await startCli(auth.scratch.url, args, csv).ended;
    if (again.code !== 0) faults.push(`round ${round}: run again, it ended with ${again.code}`);
    if ((await imported()) !== PEOPLE) faults.push(`round ${round}: a person is missing`);
  }
  return { faults, left };
}

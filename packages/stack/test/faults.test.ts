import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { StartError } from '@latchkey/process/start-error';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../src/stack.ts';
import { summary } from '../src/summary.ts';

/** A repository to spoil: `services`, `prisma` and the data of one stack. */
let folder: string;
let stack: Stack | undefined;
let said: string[];

beforeEach(async () => {
  folder = await makeOpenFolder('latchkey-faults-');
  await cp(join(import.meta.dirname, 'fixtures'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of ['door', 'issuer', 'thing']) {
    await writeFile(join(folder, 'services', name, 'package.json'), '{ "type": "module" }');
  }
  said = [];
});
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  await rm(folder, { recursive: true, force: true });
});

const start = async (env: NodeJS.ProcessEnv = {}) => {
  stack = await startStack({
    port: 0,
    dataDir: join(folder, 'data'),
    servicesDir: join(folder, 'services'),
    prismaDir: join(folder, 'prisma'),
    env,
    onProgress: (line) => said.push(line),
  });
  return stack;
};
const inFolder = (path: string) => join(folder, path);
const write = (path: string, text: string) => writeFile(inFolder(path), text);
const main = 'services/thing/src/main.ts';
const first = 'prisma/thing/migrations/20260101000000_first';

type Fault = [what: string, spoil: () => Promise<unknown>, reason: RegExp];

describe('a service.json at fault is one line that names it', () => {
  const json = 'services/thing/service.json';
  const member = async (change: object) =>
    write(
      json,
      JSON.stringify({ ...JSON.parse(await readFile(inFolder(json), 'utf8')), ...change }),
    );

  it.each<Fault>([
    ['no JSON', () => write(json, '{\n "name": "thing",\n}'), /thing\/service\.json: must be JSON/],
    ['empty', () => write(json, ''), /thing\/service\.json: must be JSON/],
    ['an unknown member', () => member({ prot: 1 }), /thing\/service\.json: .*"prot"/],
    ['a wrong member', () => member({ port: 'x' }), /thing\/service\.json: port: /],
    ['the port of another', () => member({ port: 4101 }), /claim the port 4101, issuer and thing/],
    ['a folder', () => rm(inFolder(json)).then(() => mkdir(inFolder(json))), /EISDIR/],
    ['another name than its folder', () => member({ name: 'other' }), /services\/other is missing/],
    ['no services', () => rm(inFolder('services'), { recursive: true }), /ENOENT.*services/],
  ])('%s', async (_, spoil, reason) => {
    await spoil();
    const failure: unknown = await start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect((failure as Error).message).toMatch(reason);
    expect((failure as Error).message).not.toContain('\n');
  });
});

describe('services at fault keep no other from starting, and are named in one line each', () => {
  const script = (line: string) => async (service: string) =>
    write(`services/${service}/src/main.ts`, line);
  const migration = (service: string, name = '20260101000000_first') =>
    `prisma/${service.replaceAll('-', '_')}/migrations/${name}`;
  const faults: [name: string, spoil: (service: string) => Promise<unknown>, reason: RegExp][] = [
    [
      'no-main',
      (service) => rm(inFolder(`services/${service}/src/main.ts`)),
      /no-main\/src\/main\.ts is missing: add it/,
    ],
    [
      'no-package-json',
      async (service) => {
        await rm(inFolder(`services/${service}/package.json`));
        await script("import 'absent';")(service);
      },
      /no-package-json\/package\.json is missing: add it, then run/,
    ],
    ['no-package', script("import 'absent';"), /^ended: .*Cannot find package 'absent'/],
    ['bad-syntax', script('const = 1;'), /^ended: SyntaxError.*: /],
    ['throws', script("throw new Error('no luck');"), /^ended: Error: no luck$/],
    [
      'fatal-log',
      script(
        `console.log(JSON.stringify({ level: 60, msg: 'bad', err: { message: 'no\\nluck' } })); process.exit(1);`,
      ),
      /^ended: bad: no$/,
    ],
    [
      'two-settings',
      script(
        `console.error('two-settings: A: set it\\ntwo-settings: B: set it'); process.exit(78);`,
      ),
      /^ended: A: set it; B: set it$/,
    ],
    ['says-nothing', script('process.exit(3);'), /^ended: it gave no reason$/],
    [
      'bad-sql',
      (service) => write(`${migration(service)}/migration.sql`, 'SELECT 1/0;'),
      /20260101000000_first\/migration\.sql failed; correct it.*division by zero/,
    ],
    [
      'no-script',
      (service) => rm(inFolder(`${migration(service)}/migration.sql`)),
      /20260101000000_first\/migration\.sql is missing/,
    ],
    [
      'bad-name',
      (service) => rename(inFolder(migration(service)), inFolder(migration(service, 'first'))),
      /migrations\/first must be named by its time/,
    ],
    [
      'no-migrations',
      (service) => rm(inFolder(migration(service, '..')), { recursive: true }),
      /prisma\/no_migrations\/migrations is missing/,
    ],
    [
      'database-away',
      async () => undefined,
      /^cannot prepare the database in DATABASE_AWAY_DATABASE_URL: .*ECONNREFUSED/,
    ],
  ];

  it('all of them at once', async () => {
    for (const [index, [name, spoil]] of faults.entries()) {
      const database = name.replaceAll('-', '_');
      await cp(inFolder('services/thing'), inFolder(`services/${name}`), { recursive: true });
      await cp(inFolder('prisma/thing'), inFolder(`prisma/${database}`), { recursive: true });
      const json = { name, port: 4200 + index, routes: [`/${name}`], database };
      await write(`services/${name}/service.json`, JSON.stringify(json));
      await spoil(name);
    }
    const { origin, services } = await start({
      DATABASE_AWAY_DATABASE_URL: 'postgresql://a:b@127.0.0.1:9/thing',
    });
    const problems = Object.fromEntries(services.map(({ name, problem }) => [name, problem]));
    expect(problems).toEqual({
      door: undefined,
      issuer: undefined,
      thing: undefined,
      ...Object.fromEntries(
        faults.map(([name, , reason]) => [name, expect.stringMatching(reason)]),
      ),
    });
    expect((await fetch(origin)).ok).toBe(true);
    for (const [name] of faults) {
      const lines = said.filter((line) => /^[a-z-]+/.exec(line)?.[0] === name);
      expect(lines).toEqual([expect.stringMatching(/; retrying in the background$/)]);
    }
    expect(said.join()).not.toContain('\n');
  }, 60_000);

  it('an applied migration that was edited', async () => {
    await (await start()).stop();
    await write(`${first}/migration.sql`, 'SELECT 1;');
    await start();
    const lines = said.filter((line) => line.startsWith('thing'));
    expect(lines).toEqual([
      expect.stringMatching(/was changed after it had been applied: restore it/),
    ]);
  });

  it('the issuer', async () => {
    const { services, origin } = await start({ FIXTURE_REFUSES: 'issuer' });
    expect(services.filter(({ problem }) => problem).map(({ name }) => name)).toEqual(['issuer']);
    expect((await fetch(origin)).ok).toBe(true);
  });

  it('is shown in the summary, and said when it is up after all', async () => {
    const text = await readFile(inFolder(main), 'utf8');
    await rm(inFolder(main));
    const started = await start();
    expect(summary(started, 1)).toMatch(/Latchkey is up.*, without thing, after 1\.0 s/);
    expect(summary(started, 1)).toMatch(
      / thing +http:\S+ {2}not up: cannot start: \S+main\.ts is missing/,
    );
    await write(main, text);
    await expect.poll(() => said.at(-1), { timeout: 15_000 }).toBe('thing is up now');
    const thing = started.services.find(({ name }) => name === 'thing');
    expect((await fetch(thing?.url ?? '')).ok).toBe(true);
    expect(summary(started, 1)).not.toContain('not up');
  });

  it('is stopped with its demo script, which makes its data once it is up', async () => {
    const text = await readFile(inFolder(main), 'utf8');
    await rm(inFolder(main));
    await write(
      'services/thing/src/demo.ts',
      `import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(inFolder('pid'))}, String(process.pid));
setTimeout(() => undefined, 60_000);`,
    );
    const started = await start();
    await write(main, text);
    const pid = () => readFile(inFolder('pid'), 'utf8').catch(() => '');
    await expect.poll(pid, { timeout: 15_000 }).not.toBe('');
    await started.stop();
    const left = Number(await pid());
    expect(() => process.kill(left, 0)).toThrow('ESRCH');
    await expect(readFile(inFolder('data/demo-thing.txt'))).rejects.toThrow('ENOENT');
  });
});

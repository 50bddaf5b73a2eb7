import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { apiDocumentOf } from '@latchkey/stack/api-document';
import { commandsIn } from './commands.ts';
import type { Plan } from './plan.ts';
import { Refused } from './refused.ts';
import { renderFiles } from './render.ts';

const PNPM = ['npx', '-y', 'pnpm@12'] as const;

/**
 * Writes a service and everything that follows from it. Its service.json is written late: from then on
 * it is a service, for a stack that runs too. A run that was cut off before is done over by the next.
 */
export async function writeService(
  root: string,
  plan: Plan,
  say: (line: string) => void,
): Promise<void> {
  const run = commandsIn(root);
  const folder = `services/${plan.name}`;
  const serviceJson = `${folder}/service.json`;
  const files = renderFiles(plan, versionsIn(root));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  for (const [path, text] of files) if (path !== serviceJson) write(path, text);
  if (plan.kind !== 'external') {
    await run('biome', 'check', '--write', '--log-level=error', folder);
    say(`Wrote ${folder}${plan.database ? ` and prisma/${plan.database}` : ''}`);
    await run(...PNPM, 'install', '--no-frozen-lockfile', '--prefer-offline');
    say('Installed its dependencies');
  }
  if (plan.database) {
    await run('turbo', 'run', 'generate', `--filter=./${folder}`);
    await writeFirstMigration(root, plan.database, run);
    say('Made its database client and first migration');
  }

  write(serviceJson, files.get(serviceJson) as string);
  await run('biome', 'check', '--write', '--log-level=error', serviceJson);
  if (plan.kind === 'ts') await writeApiDocument(root, plan.name, write);
  await run(process.execPath, 'packages/deploy/bin/derive.ts');
  say('Wrote what is derived from its service.json');
}

/**
 * Whether the service that is there is of this kind: each of its files is one that this plan makes.
 *
 * @throws Refused with one line
 */
export function assertSameKind(root: string, plan: Plan): void {
  const files = [...renderFiles(plan, versionsIn(root)).keys()];
  const missing = files.find((path) => !existsSync(join(root, path)));
  if (missing === undefined) return;
  throw new Refused(
    `${plan.name} is taken: services/${plan.name} is there already, without ${missing}; choose another name`,
  );
}

async function writeFirstMigration(
  root: string,
  database: string,
  run: ReturnType<typeof commandsIn>,
) {
  const migrations = join(root, 'prisma', database, 'migrations');
  if (existsSync(migrations) && readdirSync(migrations).length > 0) return;
  await run(
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    'packages/database/bin/new-migration.ts',
    database,
    'first',
  );
}

async function writeApiDocument(
  root: string,
  name: string,
  write: (path: string, text: string) => void,
) {
  const services = readServices(join(root, 'services'));
  const service = services.find((each) => each.name === name);
  if (!service) throw new Error(`services/${name} was removed`);
  const document = await apiDocumentOf(service, services, join(root, 'services'));
  write(`services/${name}/openapi.json`, document);
}

interface PackageJson {
  dependencies?: Record<string, string>;
}

const packageJson = (...path: string[]): PackageJson =>
  JSON.parse(readFileSync(join(...path, 'package.json'), 'utf8'));

/** The ones that the other services have. */
function versionsIn(root: string): Record<string, string> {
  const { dependencies: kit = {} } = packageJson(root, 'packages/service-kit');
  const { dependencies: database = {} } = packageJson(root, 'packages/database');
  return { zod: kit.zod as string, prisma: database['@prisma/client'] as string };
}

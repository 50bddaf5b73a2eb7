/** `pnpm migration:new <service> <name>`: the SQL from the last migration to schema.prisma. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres } from '@latchkey/postgres/embedded';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { applyMigrations } from '../src/migrations.ts';
import { schemaDifference } from './schema-difference.ts';

const prismaDir = join(import.meta.dirname, '../../../prisma');
const [service = '', name = ''] = process.argv.slice(2);
const services = await readdir(prismaDir);
if (!services.includes(service) || !/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write(
    `Usage: pnpm migration:new <${services.join('|')}> <name, such as add_due_date>\n`,
  );
  process.exit(2);
}

const directory = join(prismaDir, service, 'migrations');
await mkdir(directory, { recursive: true });
const folder = await makeOpenFolder('latchkey-migration-');
const postgres = await startPostgres({
  dataDir: join(folder, 'postgres'),
  password: 'throw-away',
  durable: false,
});
try {
  await applyMigrations({ url: postgres.adminUrl, directory });
  const sql = await schemaDifference(postgres.adminUrl, join(prismaDir, service, 'schema.prisma'));
  if (sql === undefined) {
    process.stdout.write(`prisma/${service}: the migrations already make schema.prisma.\n`);
  } else {
    const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const target = join(directory, `${time}_${name}`);
    await mkdir(target);
    await writeFile(join(target, 'migration.sql'), sql);
    await writeFile(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n');
    process.stdout.write(`${target}/migration.sql\n\n${sql}`);
  }
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

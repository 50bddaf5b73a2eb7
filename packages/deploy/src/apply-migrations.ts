/** Applies the migrations of the service in whose folder this runs. Several at once are safe. */
import { join } from 'node:path';
import { applyMigrations } from '@latchkey/database/migrations';
import { readServiceJson } from '@latchkey/service-kit/joining/service-json';
import { databaseUrl, parseEnv } from '@latchkey/service-kit/process/config';
import { z } from 'zod';

const { name, database = '' } = readServiceJson('service.json');
const directory = join(import.meta.dirname, '../../../prisma', database, 'migrations');
try {
  const { DATABASE_URL: url } = parseEnv(z.object({ DATABASE_URL: databaseUrl }), process.env);
  const applied = await applyMigrations({ url, directory });
  const what = applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply';
  process.stdout.write(`${name}: ${what}\n`);
} catch (error) {
  process.stderr.write(`${name}: ${(error as Error).message}\n`);
  process.exit(1);
}

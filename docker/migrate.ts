/** Applies the migrations of the service in whose folder this runs. Several at once are safe. */
import { readFileSync } from 'node:fs';
import { applyMigrations } from '../packages/database/src/migrations.ts';
import { databaseUrlOf } from './secret-files.ts';

const service = JSON.parse(readFileSync('service.json', 'utf8')) as {
  name: string;
  database: string;
};
const directory = `/app/prisma/${service.database}/migrations`;
try {
  const applied = await applyMigrations({ url: databaseUrlOf(), directory });
  const what = applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply';
  process.stdout.write(`${service.name}: ${what}\n`);
} catch (error) {
  process.stderr.write(`${service.name}: ${(error as Error).message}\n`);
  process.exit(1);
}

/**
 * Publishes the service.json files to the containers that know all services by them: the whole set or,
 * when one is wrong, nothing. `current` is a link, so that nobody reads half of a set.
 */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';

/** Arguments, for tests: the folder of the services, and where to publish them. */
const [services = '/run/services', published = '/run/service-files'] = process.argv.slice(2);

try {
  const names = readServices(services).map(({ name }) => name);
  const set = join(published, hashOf(names.map(fileOf)));
  for (const name of names) cpSync(fileOf(name), join(set, name, 'service.json'));
  const link = `${set}.link`;
  rmSync(link, { force: true });
  symlinkSync(basename(set), link);
  renameSync(link, join(published, 'current'));
  const kept = ['current', basename(set)];
  for (const old of readdirSync(published).filter((entry) => !kept.includes(entry))) {
    rmSync(join(published, old), { recursive: true });
  }
  process.stdout.write(`service files: ${names.join(', ')}\n`);
} catch (error) {
  process.stderr.write(`service files: ${(error as Error).message}\n`);
  process.exit(1);
}

function fileOf(name: string): string {
  return join(services, name, 'service.json');
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/**
 * Publishes the service.json files to the containers that know all services by them: the whole set or,
 * when one is wrong, nothing. `current` is a link, so that nobody reads half of a set; the set before
 * is kept, for who is still reading it.
 */
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';

/** Arguments, for tests: the folder of the services, and where to publish them. */
const [services = '/run/services', published = '/run/service-files'] = process.argv.slice(2);
const current = join(published, 'current');

try {
  const names = readServices(services).map(({ name }) => name);
  const set = mkdtempSync(join(published, 'set-'));
  chmodSync(set, 0o755);
  for (const name of names) {
    cpSync(join(services, name, 'service.json'), join(set, name, 'service.json'));
  }
  const kept = ['current', basename(set), ...setInUse()];
  const link = `${set}.link`;
  symlinkSync(basename(set), link);
  renameSync(link, current);
  for (const old of readdirSync(published).filter((entry) => !kept.includes(entry))) {
    rmSync(join(published, old), { recursive: true });
  }
  process.stdout.write(`service files: ${names.join(', ')}\n`);
} catch (error) {
  process.stderr.write(`service files: ${(error as Error).message}\n`);
  process.exit(1);
}

function setInUse(): string[] {
  try {
    return [readlinkSync(current)];
  } catch {
    return [];
  }
}

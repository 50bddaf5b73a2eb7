import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { isOfWorkspace } from '@latchkey/service-kit/joining/start-members';
import { turbo } from './turbo.ts';

const repository = resolve(import.meta.dirname, '../../..');

/** Generates the services' Prisma clients, which are not in git, by turbo and its cache. */
export async function generateClients(signal: AbortSignal): Promise<void> {
  if (areGenerated()) return;
  await turbo(['generate', '--filter=./services/*'], {
    signal,
    failure: 'The database clients could not be generated.',
  });
}

/** Saves turbo's second when every client is younger than its schema. */
function areGenerated(): boolean {
  const mtimeOf = (...path: string[]) =>
    statSync(join(repository, ...path), { throwIfNoEntry: false })?.mtimeMs;
  const services = readServices(join(repository, 'services')).filter(isOfWorkspace);
  return services.every(({ name, database }) => {
    if (!database) return true;
    const made = mtimeOf('services', name, 'generated/prisma/client.ts') ?? 0;
    const sources = [
      mtimeOf('prisma', database, 'schema.prisma'),
      mtimeOf('services', name, 'package.json'),
    ];
    return sources.every((changed) => changed !== undefined && changed < made);
  });
}

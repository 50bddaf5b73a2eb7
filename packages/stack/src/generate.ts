import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/process/start-error';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { isOfWorkspace } from '@latchkey/service-kit/joining/start-members';

const repository = resolve(import.meta.dirname, '../../..');

/** Generates the services' Prisma clients, which are not in git, by turbo and its cache. */
export async function generateClients(signal: AbortSignal): Promise<void> {
  if (areGenerated()) return;
  const parameters = ['run', 'generate', '--filter=./services/*', '--output-logs=errors-only'];
  try {
    await promisify(execFile)('turbo', parameters, { cwd: repository, signal });
  } catch (error) {
    signal.throwIfAborted();
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new StartError(`The database clients could not be generated.\n${stdout}${stderr}`.trim());
  }
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

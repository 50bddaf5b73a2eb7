import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '@latchkey/process/start-error';
import { readServices, type ServiceJson } from '@latchkey/service-kit/joining/service-json';

/** @throws StartError with one line that names the service.json at fault */
export function readServicesToStart(servicesDir: string): ServiceJson[] {
  const services = readOrExplain(servicesDir);
  const strange = services.find(({ name }) => !existsSync(join(servicesDir, name, 'service.json')));
  if (strange) {
    throw new StartError(
      `${join(servicesDir, strange.name)} is missing: the folder of a service has the name in its service.json.`,
    );
  }
  return services;
}

function readOrExplain(servicesDir: string): ServiceJson[] {
  try {
    return readServices(servicesDir);
  } catch (error) {
    throw new StartError(`${(error as Error).message}.`);
  }
}

/** Why Node cannot run what is in a service's folder; undefined when the reason lies elsewhere. */
export async function faultOfFolder(directory: string): Promise<string | undefined> {
  const needed = [
    ['src/main.ts', 'add it, as services/todo-service has one'],
    ['package.json', 'add it, then run `npx -y pnpm@12 install`'],
  ] as const;
  for (const [file, next] of needed) {
    try {
      await access(join(directory, file), constants.R_OK);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const what = isMissing ? `is missing: ${next}` : 'cannot be read: change its permissions';
      return `${join(directory, file)} ${what}`;
    }
  }
  return undefined;
}

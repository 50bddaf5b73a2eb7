import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { composeFile } from './compose.ts';
import { productionFile } from './compose-production.ts';
import { type DeployedServices, readDeployedServices } from './deployed-services.ts';
import { ownersFile } from './owners.ts';

/**
 * The files of the repository that follow from the `service.json` files, by path.
 *
 * @throws Error with one line that names the service.json at fault
 */
export function derivedFiles(repository: string): ReadonlyMap<string, string> {
  const servicesDir = join(repository, 'services');
  const services = readDeployedServices(servicesDir);
  assertBuildable(services, servicesDir);
  const owners = readFileSync(join(repository, 'CODEOWNERS'), 'utf8');
  return new Map([
    ['docker-compose.yml', composeFile(services)],
    ['docker-compose.production.yml', productionFile(services)],
    ['CODEOWNERS', ownersFile(owners, readServices(servicesDir))],
  ]);
}

/** The common Dockerfile installs a package of this workspace. */
function assertBuildable({ behind }: DeployedServices, servicesDir: string): void {
  for (const { name, dockerfile } of behind) {
    const needed = join(servicesDir, name, dockerfile ?? 'package.json');
    if (existsSync(needed)) continue;
    throw new Error(
      `${join(servicesDir, name, 'service.json')}: dockerfile: must name a file that is there, since the common Dockerfile builds packages of this workspace only`,
    );
  }
}

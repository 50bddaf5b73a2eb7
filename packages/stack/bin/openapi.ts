/** `pnpm openapi`: writes the openapi.json of every Node service that has routes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGateway } from '@latchkey/service-kit/joining/roles';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { isOfWorkspace } from '@latchkey/service-kit/joining/start-members';
import { apiDocumentOf } from '../src/api-document.ts';
import { generateClients } from '../src/generate.ts';

const servicesDir = join(import.meta.dirname, '../../../services');
await generateClients(new AbortController().signal);
const services = readServices(servicesDir);
for (const service of services.filter((each) => isOfWorkspace(each) && !isGateway(each))) {
  const file = join(servicesDir, service.name, 'openapi.json');
  await writeFile(file, await apiDocumentOf(service, services, servicesDir));
  process.stdout.write(`services/${service.name}/openapi.json\n`);
}

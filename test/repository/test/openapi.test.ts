import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGateway } from '@latchkey/service-kit/joining/roles';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { isOfWorkspace } from '@latchkey/service-kit/joining/start-members';
import { apiDocumentOf } from '@latchkey/stack/api-document';
import { generateClients } from '@latchkey/stack/generate';
import { beforeAll, expect, it } from 'vitest';

const servicesDir = join(import.meta.dirname, '../../../services');
const services = readServices(servicesDir);

// Of a service that this package does not name, turbo may not have generated it.
beforeAll(() => generateClients(new AbortController().signal));

const committedDocument = (name: string) => {
  try {
    return readFileSync(join(servicesDir, name, 'openapi.json'), 'utf8').replaceAll('\r', '');
  } catch {
    return 'missing';
  }
};

it.each(services.filter((service) => isOfWorkspace(service) && !isGateway(service)))(
  'services/$name/openapi.json is what the service answers',
  async (service) => {
    const served = await apiDocumentOf(service, services, servicesDir);
    expect(
      committedDocument(service.name),
      `services/${service.name}/openapi.json is out of date: run \`npx -y pnpm@12 openapi\` and commit it`,
    ).toBe(served);
  },
  60_000,
);

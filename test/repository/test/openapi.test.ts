import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDoor } from '@latchkey/service-kit/joining/roles';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { isOfWorkspace } from '@latchkey/service-kit/joining/start-members';
import { apiDocumentOf } from '@latchkey/stack/api-document';
import { expect, it } from 'vitest';

const servicesDir = join(import.meta.dirname, '../../../services');
const services = readServices(servicesDir);

const committedDocument = (name: string) => {
  try {
    return readFileSync(join(servicesDir, name, 'openapi.json'), 'utf8').replaceAll('\r', '');
  } catch {
    return 'missing';
  }
};

it.each(services.filter((service) => isOfWorkspace(service) && !isDoor(service)))(
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

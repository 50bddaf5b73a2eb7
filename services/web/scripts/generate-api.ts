/** Writes the types of the services' routes from their committed API documents. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openapiTypescript, { astToString, UNKNOWN } from 'openapi-typescript';

const SERVICES = ['auth-service', 'support-service', 'todo-service'];
const services = join(import.meta.dirname, '../..');
const folder = join(import.meta.dirname, '../generated');

await mkdir(folder, { recursive: true });
for (const service of SERVICES) {
  const document = new URL(`file://${join(services, service, 'openapi.json')}`);
  const types = await openapiTypescript(document, {
    // What a default fills in is there in an answer, and may be left out of a request.
    defaultNonNullable: false,
    // JSON of any shape, which refers to itself.
    transform: (_schema, { path }) => (path?.endsWith('/__schema0') ? UNKNOWN : undefined),
  });
  await writeFile(join(folder, `${service}.ts`), astToString(types));
}

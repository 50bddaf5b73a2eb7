import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedFiles } from '@latchkey/deploy/derive/derived-files';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

it.each([...derivedFiles(root)])('%s is what follows from the service.json files', (path, text) => {
  const committed = readFileSync(join(root, path), 'utf8').replaceAll('\r', '');
  expect(committed, `${path} is out of date: run \`npx -y pnpm@12 derive\` and commit it`).toBe(
    text,
  );
});

it.each(readServices(join(root, 'services')))('$name has owners', ({ owners }) => {
  expect(owners).not.toEqual([]);
  expect(owners).toBeDefined();
});

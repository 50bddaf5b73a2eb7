import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEMBERS } from '@latchkey/service-kit/joining/service-json';
import { expect, it } from 'vitest';

it('docs/service-json.md has a line for each member, and for no other', () => {
  const file = join(import.meta.dirname, '../../../docs/service-json.md');
  const section = readFileSync(file, 'utf8').split(/^## /m)[1] ?? '';
  const lines = section.matchAll(/^\| `(\w+)` /gm);
  expect([...lines].map(([, member]) => member).toSorted()).toEqual([...MEMBERS].toSorted());
});

/** Writes docs/; a test fails when a document drifts from the code. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReference } from './api-reference.ts';
import { apiReport } from './api-report.ts';
import { errorReference } from './error-reference.ts';

const folder = join(import.meta.dirname, '../docs');
rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, 'api'), { recursive: true });
const { pages } = await apiReference();
for (const [file, text] of pages) writeFileSync(join(folder, 'api', file), text);
writeFileSync(join(folder, 'api-report.md'), apiReport());
writeFileSync(join(folder, 'errors.md'), errorReference());

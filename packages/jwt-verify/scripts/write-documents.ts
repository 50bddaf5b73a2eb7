/** Writes docs/api.md, docs/api-report.md and docs/errors.md; a test fails when they drift from the code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReference } from './api-reference.ts';
import { apiReport } from './api-report.ts';
import { errorReference } from './error-reference.ts';

const folder = join(import.meta.dirname, '../docs');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'api.md'), apiReference());
writeFileSync(join(folder, 'api-report.md'), apiReport());
writeFileSync(join(folder, 'errors.md'), errorReference());

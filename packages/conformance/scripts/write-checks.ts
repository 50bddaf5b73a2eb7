import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksDocument } from './checks-document.ts';

writeFileSync(join(import.meta.dirname, '../docs/checks.md'), checksDocument());

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { inject } from 'vitest';
import { type ScratchDatabase, scratchDatabase } from '../src/scratch.ts';

export const notesDir = join(import.meta.dirname, 'notes');
export const notesMigrations = join(notesDir, 'migrations');

/** A database with nothing in it. */
export async function emptyDatabase(): Promise<ScratchDatabase> {
  const migrations = await mkdtemp(join(tmpdir(), 'latchkey-no-migrations-'));
  try {
    return await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  } finally {
    await rm(migrations, { recursive: true });
  }
}

/** A database with the test's own tables in it. */
export const notesDatabase = (): Promise<ScratchDatabase> =>
  scratchDatabase({ serverUrl: inject('postgresUrl'), migrations: notesMigrations });

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ANSWER_TIMEOUT_MS = 2_000;
const fileOf = (dataDir: string) => join(dataDir, 'origin');

/** Says to other commands where the stack on this data directory answers. Returns a function that unsays it. */
export async function announceOrigin(
  dataDir: string,
  origin: string,
): Promise<() => Promise<unknown>> {
  await writeFile(fileOf(dataDir), `${origin}\n`);
  return () => rm(fileOf(dataDir), { force: true });
}

/** Where the stack on a data directory answers; undefined when none runs. */
export async function runningOrigin(dataDir: string): Promise<string | undefined> {
  try {
    const origin = (await readFile(fileOf(dataDir), 'utf8')).trim();
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    return (await fetch(`${origin}/healthz`, { signal })).ok ? origin : undefined;
  } catch {
    return undefined;
  }
}

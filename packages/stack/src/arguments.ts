import { StartError } from '@latchkey/process/start-error';

const HELP = `npx -y pnpm@12 start: PostgreSQL and every service on this machine. Ctrl+C stops everything.

Settings, by environment, all optional:
  PORT           the public port (8080); the other ports follow from it
  DATA_DIR       where database, secrets and logs are kept (.data)
  JWT_ALG        ES256, RS256, EdDSA or HS256 (ES256)
  JWT_SECRET     the shared secret of HS256 (made and kept)
  TOKEN_PROFILE  standard or minimal (standard)
  <DATABASE>_DATABASE_URL  a PostgreSQL of yours, such as TODO_DATABASE_URL (embedded)

More in README.md and docs/configuration.md.`;

/**
 * `start` takes its settings from the environment only.
 *
 * @returns what to print instead of starting; undefined to start
 * @throws StartError when there are other arguments
 */
export function helpFor(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  if (words.includes('--help') || words.includes('-h')) return HELP;
  throw new StartError(
    `Unknown arguments ${words.join(' ')}: set PORT, DATA_DIR and the like by environment, as in README.md.`,
  );
}

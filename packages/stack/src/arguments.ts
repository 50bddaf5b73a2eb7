import { parseArgs } from 'node:util';
import { StartError } from '@latchkey/process/start-error';

const HELP = `npx -y pnpm@12 start: PostgreSQL and every service on this machine. Ctrl+C stops everything.

Settings, by environment, all optional:
  PORT           the public port (8080); the other ports follow from it
  DATA_DIR       where database, secrets and logs are kept (.data)
  JWT_ALG        ES256, RS256, EdDSA or HS256 (ES256)
  JWT_SECRET     the shared secret of HS256 (made and kept)
  TOKEN_PROFILE  standard or minimal (standard)
  <DATABASE>_DATABASE_URL  a PostgreSQL of yours, such as TODO_DATABASE_URL (embedded)

  --watch <service>  restarts this one when a file in its src/ changes; repeatable

A service whose folder appears in services/ is started then, one whose service.json changes restarted. More in README.md and docs/configuration.md.`;

interface Arguments {
  /** What to print instead of starting. */
  help?: string;
  /** The services to restart when their sources change. */
  watch: readonly string[];
}

/**
 * `start` takes its settings from the environment.
 *
 * @throws StartError when there are other arguments
 */
export function parseArguments(words: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        help: { type: 'boolean', short: 'h' },
        watch: { type: 'string', multiple: true },
      },
    });
    return { ...(values.help ? { help: HELP } : {}), watch: values.watch ?? [] };
  } catch {
    throw new StartError(
      `Unknown arguments ${words.join(' ')}: set PORT, DATA_DIR and the like by environment, as in README.md.`,
    );
  }
}

/** `pnpm auth …`: auth-service's commands, by default on the database of the stack that runs here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { localDatabaseUrl } from '../src/local-database.ts';
import { parseSettings } from '../src/settings.ts';

const main = join(import.meta.dirname, '../../../services/auth-service/src/cli/main.ts');
const { env } = process;
const isSet = Boolean(env.DATABASE_URL || env.DATABASE_URL_FILE);
const local = env.AUTH_DATABASE_URL || (await localDatabaseUrl(parseSettings(env).dataDir, 'auth'));

const child = spawn(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  // pnpm runs scripts at the root; files are named from where the command was given.
  cwd: env.INIT_CWD ?? process.cwd(),
  env: { ...env, ...(isSet || !local ? {} : { DATABASE_URL: local }) },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
